// @fluent-org/logger: Fluent's forward protocol with a shared key, compressed, each chunk acknowledged.
const fs = require('node:fs')
const { FluentClient } = require('@fluent-org/logger')

const [host, port] = process.env.FORWARD.split(':')
const log = new FluentClient('app', {
  eventMode: 'CompressedPackedForward',
  socket: { host, port: Number(port), tls: { ca: fs.readFileSync(process.env.CA) }, disableReconnect: true },
  security: { clientHostname: 'web-1', sharedKey: process.env.SHARED_KEY, username: process.env.KEY_ID },
  ack: { ackTimeout: 10000 },
})
async function send() {
  await log.connect()
  await log.emit({ level: 'warn', message: 'order placed by fluent', order: { id: 7, total: 2.5 } })
}
// Nothing keeps it alive while it waits for an answer, and then it would end well.
setTimeout(() => {}, 60000)
send().then(() => process.exit(0), (error) => {
  console.error(error.message)
  process.exit(1)
})
