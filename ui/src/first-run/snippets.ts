// How each kind of client sends its first log. Each verifies the server's certificate; none is told not to.

/** Stands for a write key, plainly, until there is one. */
export const NO_KEY = "YOUR_WRITE_KEY";

export type Snippet = { id: string; name: string; note?: string; text: string };

export function snippets(origin: string, source: string, key: string): Snippet[] {
  const { hostname, port: given } = new URL(origin);
  const port = given || "443";
  const otlp = `${origin}/v1/logs`;
  return [
    {
      id: "curl",
      name: "curl",
      text: `curl --cacert ca.crt ${origin}/sources/${source}/frames \\
  -H "Authorization: Bearer ${key}" \\
  --json '{"level":"info","message":"hello from curl"}'`,
    },
    {
      id: "blockhouse",
      name: "Command line",
      note: "Follows a file, resumes where it was, and repeats nothing.",
      text: `BLOCKHOUSE_KEY=${key} blockhouse send --url ${origin} --ca-file ca.crt /var/log/app.log`,
    },
    {
      id: "collector",
      name: "OpenTelemetry Collector",
      text: `exporters:
  otlphttp/blockhouse:
    logs_endpoint: ${otlp}
    headers:
      authorization: "Bearer ${key}"
    tls:
      ca_file: ca.crt`,
    },
    {
      id: "vector",
      name: "Vector",
      text: `[sinks.blockhouse]
type = "http"
inputs = ["my_source"]
uri = "${origin}/sources/${source}/frames"
encoding.codec = "json"
framing.method = "newline_delimited"
compression = "gzip"
auth.strategy = "bearer"
auth.token = "${key}"
tls.ca_file = "ca.crt"`,
    },
    {
      id: "fluent-bit",
      name: "Fluent Bit",
      text: `[OUTPUT]
    name             opentelemetry
    match            *
    host             ${hostname}
    port             ${port}
    logs_uri         /v1/logs
    header           Authorization Bearer ${key}
    tls              on
    tls.ca_file      ca.crt`,
    },
    {
      id: "syslog",
      name: "syslog over TLS",
      note: "For rsyslog with rsyslog-gnutls, and ca.crt as /etc/blockhouse/ca.crt. The server listens for it where it was started with --syslog-listen; the port is the one that is said there.",
      text: `global(defaultNetstreamDriverCAFile="/etc/blockhouse/ca.crt" workDirectory="/var/spool/rsyslog")
template(name="blockhouse" type="string" string="<%pri%>1 %timestamp:::date-rfc3339% %hostname% %app-name% %procid% %msgid% [authentication@51576 source_id=\\"${source}\\" api_key=\\"${key}\\"] %msg:::drop-last-lf%")
action(type="omfwd" protocol="tcp" target="${hostname}" port="6514" template="blockhouse" TCP_Framing="octet-counted"
  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="${hostname}"
  queue.type="LinkedList" queue.filename="blockhouse" queue.saveonshutdown="on" action.resumeRetryCount="-1")`,
    },
    {
      id: "journald",
      name: "journald",
      note: "For systemd-journal-upload, which wants a certificate and key of its own, too: one that it signed itself will do. Let only root read the file.",
      text: `# /etc/systemd/journal-upload.conf
[Upload]
URL=https://any:${key}@${hostname}:${port}
TrustedCertificateFile=/etc/blockhouse/ca.crt
ServerKeyFile=/etc/ssl/private/journal-upload.pem
ServerCertificateFile=/etc/ssl/certs/journal-upload.pem`,
    },
    {
      id: "rust",
      name: "Rust",
      note: "OpenTelemetry's protocol, with: cargo add serde_json reqwest --features reqwest/blocking,reqwest/json",
      text: `fn main() -> Result<(), Box<dyn std::error::Error>> {
    let authority = reqwest::Certificate::from_pem(&std::fs::read("ca.crt")?)?;
    let client = reqwest::blocking::Client::builder().add_root_certificate(authority).build()?;
    let record = serde_json::json!({"severityText": "INFO", "body": {"stringValue": "hello from Rust"}});
    let answer = client
        .post("${otlp}")
        .bearer_auth("${key}")
        .json(&serde_json::json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}))
        .send()?;
    println!("{}", answer.status());
    Ok(())
}`,
    },
    {
      id: "python",
      name: "Python",
      note: "With the standard library alone.",
      text: `import json, ssl, urllib.request

request = urllib.request.Request(
    "${origin}/sources/${source}/frames",
    data=json.dumps({"level": "info", "message": "hello from Python"}).encode(),
    headers={"Authorization": "Bearer ${key}", "Content-Type": "application/json"},
)
context = ssl.create_default_context(cafile="ca.crt")
print(urllib.request.urlopen(request, context=context).status)`,
    },
    {
      id: "node",
      name: "Node.js",
      note: "In a shell; a program of yours starts with the same variable.",
      text: `NODE_EXTRA_CA_CERTS=ca.crt node --input-type=module -e '
const answer = await fetch("${origin}/sources/${source}/frames", {
  method: "POST",
  headers: { authorization: "Bearer ${key}", "content-type": "application/json" },
  body: JSON.stringify({ level: "info", message: "hello from Node.js" }),
});
console.log(answer.status);
'`,
    },
  ];
}
