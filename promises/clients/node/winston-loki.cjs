// winston with winston-loki: protobuf with snappy to the push address.
const winston = require('winston')
const LokiTransport = require('winston-loki')

const transport = new LokiTransport({
  host: `https://${process.env.SERVER}`, basicAuth: `any:${process.env.KEY}`, labels: { application: 'shop' }, json: false, batching: false,
  onConnectionError: (error) => { console.error(error.message ?? error); process.exit(1) },
})
const log = winston.createLogger({ transports: [transport] })
log.error('order placed by winston', { order: { id: 7 } })
setTimeout(() => process.exit(0), 1000 * process.env.PATIENCE)
