# splunk-handler 3.0.0: envelopes to /services/collector/event.
import logging, os
from splunk_handler import SplunkHandler

host, port = os.environ["SERVER"].rsplit(":", 1)
log = logging.getLogger("app")
handler = SplunkHandler(host=host, port=port, token=os.environ["KEY"], index="main", hostname="web-1", source="shop",
                        sourcetype="text", verify=True, retry_count=0, timeout=5, flush_interval=0.2)
log.addHandler(handler)
log.warning("order placed by splunk")
handler.force_flush()
