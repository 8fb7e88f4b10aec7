// OpenTelemetry's SDK: JSON or protobuf to /v1/logs.
const { diag, DiagConsoleLogger, DiagLogLevel } = require('@opentelemetry/api')
const { SeverityNumber } = require('@opentelemetry/api-logs')
const { resourceFromAttributes } = require('@opentelemetry/resources')
const { LoggerProvider, SimpleLogRecordProcessor } = require('@opentelemetry/sdk-logs')
const form = process.argv[2]
const { OTLPLogExporter } = require(`@opentelemetry/exporter-logs-otlp-${form === 'json' ? 'http' : 'proto'}`)

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.ERROR)
const exporter = new OTLPLogExporter({
  url: `https://${process.env.SERVER}/v1/logs`, headers: { authorization: `Bearer ${process.env.KEY}` }, compression: 'gzip', timeoutMillis: 5000,
})
const settled = new Promise((resolve) => {
  const send = exporter.export.bind(exporter)
  exporter.export = (records, done) => send(records, (result) => { resolve(result.code); done(result) })
})
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop' }), processors: [new SimpleLogRecordProcessor({ exporter })],
})
provider.getLogger('app').emit({
  severityNumber: SeverityNumber.WARN, severityText: 'WARN', body: `order placed by otlp in node as ${form}`, attributes: { order: { id: 7, total: 2.5 } },
})
settled.then((code) => process.exit(code))
