# logtail-python 0.5.3: MessagePack to the root, nothing but a Bearer names the source.
import logging, os, time
from logtail import LogtailHandler

log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
handler = LogtailHandler(source_token=os.environ["KEY"], host="https://" + os.environ["SERVER"], flush_interval=0.2)
log.addHandler(handler)
log.error("order placed by logtail", extra={"order_placed": {"id": 1, "total": 2.5}})
time.sleep(float(os.environ["PATIENCE"]))
