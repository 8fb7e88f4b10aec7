// How each kind of client sends its first log. Each verifies the server's certificate; none is told not to.

export type Snippet = { id: string; name: string; note?: string; text: string };

export function snippets(origin: string, source: string, key: string): Snippet[] {
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
    host             ${new URL(origin).hostname}
    port             ${new URL(origin).port || "443"}
    logs_uri         /v1/logs
    header           Authorization Bearer ${key}
    tls              on
    tls.ca_file      ca.crt`,
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
      note: "Start it with NODE_EXTRA_CA_CERTS=ca.crt",
      text: `const answer = await fetch("${origin}/sources/${source}/frames", {
  method: "POST",
  headers: { authorization: "Bearer ${key}", "content-type": "application/json" },
  body: JSON.stringify({ level: "info", message: "hello from Node.js" }),
});
console.log(answer.status);`,
    },
  ];
}
