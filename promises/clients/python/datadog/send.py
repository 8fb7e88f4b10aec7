# datadog-api-client 2.62.0: /api/v2/logs, compressed.
import os
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

configuration = Configuration(host="https://" + os.environ["SERVER"], api_key={"apiKeyAuth": os.environ["KEY"]},
                              ssl_ca_cert=os.environ["CA"])
configuration.server_index = 0
configuration.server_operation_index = {"submit_log": 1}
configuration.server_operation_variables = {"submit_log": {"name": os.environ["SERVER"], "protocol": "https"}}
with ApiClient(configuration) as client:
    LogsApi(client).submit_log(content_encoding=ContentEncoding.DEFLATE, body=HTTPLog([HTTPLogItem(
        ddsource="shop", ddtags="env:prod,version:1.2", hostname="web-1", service="checkout",
        message="order placed by datadog", order="7")]))
