# opensearch-py 3.2.0: POST /_bulk with the key as the password of Basic authentication.
import os
from opensearchpy import NotFoundError, OpenSearch, helpers

client = OpenSearch(["https://" + os.environ["SERVER"]], ca_certs=os.environ["CA"], http_auth=("any", os.environ["KEY"]),
                    use_ssl=True, verify_certs=True, http_compress=True, max_retries=0)
client.info()
assert client.indices.exists(index="logs") and client.indices.create(index="logs")["acknowledged"]
try:
    client.transport.perform_request("GET", "/_plugins/_ism/policies/logs")
    raise SystemExit("there is a policy")
except NotFoundError as error:
    assert error.error == "resource_not_found_exception", error
stored, failed = helpers.bulk(client, [
    {"_op_type": "create", "_index": "logs", "@timestamp": "2026-01-31T12:00:00.5Z",
     "message": "order placed by opensearch", "level": "error", "order": {"id": 7, "total": 2.5}}])
assert (stored, failed) == (1, []), (stored, failed)
