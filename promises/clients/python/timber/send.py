# timber 2.1.0: MessagePack to /sources/{id}/frames, times without a zone.
import logging, os, time
import timber

log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
log.addHandler(timber.TimberHandler(
    api_key=os.environ["KEY"], source_id=os.environ["SOURCE"], host="https://" + os.environ["SERVER"],
    flush_interval=0.2, raise_exceptions=True))
with timber.context(user={"id": 123}):
    log.warning("order placed by timber", extra={"order_placed": {"id": 1, "total": 2.5}})
# Its thread sends in the background, and says nothing of how that ended.
time.sleep(float(os.environ["PATIENCE"]))
