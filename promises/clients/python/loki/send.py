# python-logging-loki 0.3.1: JSON to the push address; anything but 204 is an error to it.
import logging, os, sys
import logging_loki

class Handler(logging_loki.LokiHandler):
    def handleError(self, record):
        raise sys.exc_info()[1]

log = logging.getLogger("app")
log.addHandler(Handler(url="https://" + os.environ["SERVER"] + "/loki/api/v1/push", tags={"application": "shop"},
                       auth=("any", os.environ["KEY"]), version="1"))
log.error("order placed by loki", extra={"tags": {"svc": "checkout"}})
