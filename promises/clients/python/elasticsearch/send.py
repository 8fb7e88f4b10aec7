# elasticsearch 9.5.1: PUT {base}/_bulk after its check of the product, compressed; then single documents.
import os
from elasticsearch import Elasticsearch, helpers

base = "https://" + os.environ["SERVER"] + os.environ.get("BELOW", "")
client = Elasticsearch(base, ca_certs=os.environ["CA"], bearer_auth=os.environ["KEY"], http_compress=True, max_retries=0)
client.info()
stored, failed = helpers.bulk(client, (
    {"_op_type": operation, "_index": "logs-shop-default", "@timestamp": "2026-01-31T12:00:00.123456789Z",
     "message": f"order placed by elasticsearch with {operation}", "log.level": "warn", "order": {"id": 7, "total": 2.5}}
    for operation in ("create", "index")))
assert (stored, failed) == (2, []), (stored, failed)
for operation, named in (("alone", {}), ("by name", {"id": "a/b 7"}), ("once", {"id": "8", "op_type": "create"})):
    answer = client.index(index="logs-shop-default", **named, document={
        "@timestamp": "2026-01-31T12:00:00.123456789Z", "message": f"order placed by elasticsearch with {operation}",
        "log.level": "warn", "order": {"id": 7, "total": 2.5}})
    assert answer["result"] == "created" and answer["_id"] == named.get("id", answer["_id"]), answer
