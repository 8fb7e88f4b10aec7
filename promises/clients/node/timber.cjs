// @timberio/node: a JSON array to /sources/{id}/frames; its promise is kept at any 2xx.
const { Timber } = require('@timberio/node')

const log = new Timber(process.env.KEY, process.env.SOURCE, { endpoint: `https://${process.env.SERVER}`, batchInterval: 200 })
log.use(async (line) => ({ ...line, user: { id: 7 } }))
log.warn('order placed by timber in node', { order_placed: { id: 1, total: 2.5 } }).catch((error) => {
  console.error(error)
  process.exit(1)
})
