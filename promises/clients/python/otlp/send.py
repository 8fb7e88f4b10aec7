# OpenTelemetry's SDK 1.45.2, over HTTP or gRPC: protobuf with gzip.
import logging, os, sys
import grpc
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

key, server, ca = os.environ["KEY"], os.environ["SERVER"], os.environ["CA"]
if sys.argv[1] == "http":
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    exporter = OTLPLogExporter(endpoint=f"https://{server}/v1/logs", certificate_file=ca, compression=Compression.Gzip,
                               headers={"authorization": "Bearer " + key}, timeout=5)
else:
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    with open(ca, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    exporter = OTLPLogExporter(endpoint=f"https://{server}", credentials=credentials, compression=grpc.Compression.Gzip,
                               headers=(("authorization", "Bearer " + key),), timeout=5)
provider = LoggerProvider(resource=Resource.create({"service.name": "shop", "service.version": "1.2"}))
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
log.addHandler(LoggingHandler(logger_provider=provider))
log.error("order placed by otlp over " + sys.argv[1], extra={"order.id": 9007199254740993, "order.total": 2.5})
provider.shutdown()
