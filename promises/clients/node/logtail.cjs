// @logtail/node: MessagePack with gzip, chunked, to the root or to a source's frames.
const { Logtail } = require('@logtail/node')

const endpoint = `https://${process.env.SERVER}${process.env.BELOW ?? ''}`
const log = new Logtail(process.env.KEY, { endpoint, batchInterval: 200, throwExceptions: true, retryCount: 0 })
log.warn('order placed by logtail in node', { order: { id: 1, total: 2.5 } }).catch(() => process.exit(1))
log.flush().then(() => process.exit(log.synced === 1 ? 0 : 1), () => process.exit(1))
