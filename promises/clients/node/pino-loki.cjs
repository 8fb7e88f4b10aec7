// pino with pino-loki: JSON to the push address, from a thread of its own.
const pino = require('pino')

const transport = pino.transport({
  target: 'pino-loki',
  options: { host: `https://${process.env.SERVER}`, basicAuth: { username: 'any', password: process.env.KEY }, labels: { application: 'shop' }, batching: false, silenceErrors: false },
})
const log = pino(transport)
log.error({ order: { id: 7 } }, 'order placed by pino')
setTimeout(() => process.exit(0), 1000 * process.env.PATIENCE)
