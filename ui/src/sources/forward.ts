// How clients of Fluent's forward protocol are configured. Each verifies the server's certificate; none is told not to.

// Of Fluent's protocol, unless the server was started with another.
const PORT = 24224;

export function forwardSnippets(host: string, username: string, sharedKey: string) {
  return [
    {
      id: "fluent-bit",
      name: "Fluent Bit",
      text: `[OUTPUT]
    Name                 forward
    Match                *
    Host                 ${host}
    Port                 ${PORT}
    Self_Hostname        web-1
    Username             ${username}
    Shared_Key           ${sharedKey}
    Require_ack_response true
    Compress             gzip
    tls                  on
    tls.verify           on
    tls.ca_file          /etc/blockhouse/ca.crt
    tls.vhost            ${host}`,
    },
    {
      id: "fluentd",
      name: "Fluentd",
      text: `<match **>
  @type forward
  transport tls
  tls_version TLSv1_3
  tls_cert_path /etc/blockhouse/ca.crt
  tls_verify_hostname true
  require_ack_response true
  compress gzip
  heartbeat_type none
  <security>
    self_hostname web-1
    shared_key ${sharedKey}
  </security>
  <server>
    host ${host}
    port ${PORT}
    username ${username}
  </server>
  <buffer>
    @type file
    path /var/spool/fluentd
    chunk_limit_size 8m
  </buffer>
</match>`,
    },
  ];
}
