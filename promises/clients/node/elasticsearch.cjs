// @elastic/elasticsearch: POST /_bulk after its check of the product.
const fs = require('node:fs')
const { Client } = require('@elastic/elasticsearch')

const client = new Client({
  node: `https://${process.env.SERVER}`, auth: { apiKey: process.env.KEY }, maxRetries: 0, compression: true,
  tls: { ca: fs.readFileSync(process.env.CA) },
})
const datasource = [{ '@timestamp': '2026-01-31T12:00:00.5Z', message: 'order placed by elasticsearch in node', level: 'error', order: { id: 7 } }]
client.helpers.bulk({ datasource, onDocument: () => ({ create: { _index: 'logs' } }), retries: 0 }).then(
  (done) => process.exit(done.successful === 1 && done.failed === 0 ? 0 : 1),
  (error) => {
    console.error(error.message)
    process.exit(1)
  },
)
