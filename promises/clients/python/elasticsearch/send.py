# elasticsearch 9.5.1: what it asks of an index, PUT {base}/_bulk after its check of the product, compressed; then single
# documents. What is nowhere is refused in a form that it reads.
import os
from elasticsearch import Elasticsearch, NotFoundError, helpers

base = "https://" + os.environ["SERVER"] + os.environ.get("BELOW", "")
client = Elasticsearch(base, ca_certs=os.environ["CA"], bearer_auth=os.environ["KEY"], http_compress=True, max_retries=0)
client.info()
index = "logs-shop-default"
assert client.indices.exists(index=index)
assert client.indices.create(index=index, mappings={"properties": {}})["acknowledged"]
assert client.indices.put_alias(index=index, name="shop")["acknowledged"] and client.indices.exists_alias(name="shop")
assert client.cluster.health(index=index)["status"] == "green"
assert client.indices.refresh(index=index)["_shards"]["failed"] == 0
try:
    client.indices.get_settings(index=index)
    raise SystemExit("there are settings")
except NotFoundError as error:
    assert error.error == "resource_not_found_exception", error
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
