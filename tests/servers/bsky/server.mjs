// Bluesky's personal data server with a directory of identities (PLC) in memory, for tests on this machine only.
// Settings: PDS_PORT, PLC_PORT, DATA (an empty folder, removed by who made it), ACCOUNTS (JSON: handle -> password).
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { createRequire } from 'node:module'

// Both servers call listen(port), which means every interface. Nothing here may be reached from another machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' && typeof args[1] !== 'string') args.splice(1, 0, '127.0.0.1')
  else if (args[0] && typeof args[0] === 'object' && 'port' in args[0]) args[0] = { ...args[0], host: '127.0.0.1' }
  return listen.apply(this, args)
}

const { PDS_PORT: pdsPort, PLC_PORT: plcPort, DATA: data } = process.env
const accounts = JSON.parse(process.env.ACCOUNTS)
const pdsUrl = `http://127.0.0.1:${pdsPort}`
const plcUrl = `http://127.0.0.1:${plcPort}`
const fixedKey = (digit) => digit.repeat(64) // a test server guards nothing

fs.mkdirSync(path.join(data, 'blobs'), { recursive: true })
Object.assign(process.env, {
  LOG_ENABLED: process.env.LOG_ENABLED ?? 'false',
  PDS_HOSTNAME: 'localhost',
  PDS_SERVICE_DID: 'did:web:localhost',
  PDS_SERVICE_HANDLE_DOMAINS: '.test',
  PDS_DATA_DIRECTORY: data,
  PDS_BLOBSTORE_DISK_LOCATION: path.join(data, 'blobs'),
  PDS_DID_PLC_URL: plcUrl,
  PDS_BSKY_APP_VIEW_URL: 'http://127.0.0.1:9', // none: what needs one answers an error
  PDS_BSKY_APP_VIEW_DID: 'did:web:localhost',
  PDS_CRAWLERS: '',
  PDS_DEV_MODE: 'true',
  PDS_INVITE_REQUIRED: 'false',
  PDS_DISABLE_SSRF_PROTECTION: 'true', // its directory is on loopback
  PDS_RATE_LIMITS_ENABLED: 'true', // as on the real network
  PDS_ADMIN_PASSWORD: 'admin-pass',
  PDS_JWT_SECRET: fixedKey('a'),
  PDS_DPOP_SECRET: fixedKey('b'),
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: fixedKey('c'),
})

const require = createRequire(import.meta.url)
const { PlcServer, Database } = require('@did-plc/server')
const plc = PlcServer.create({ db: Database.mock(), port: Number(plcPort) })
await plc.start()

const { PDS, readEnv, envToCfg, envToSecrets } = await import('@atproto/pds')
const settings = readEnv()
const pds = await PDS.create(envToCfg(settings), envToSecrets(settings))
await pds.start()

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await pds.destroy()
    await plc.destroy()
    process.exit(0)
  })
}

for (const [handle, password] of Object.entries(accounts)) {
  const answer = await fetch(`${pdsUrl}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle, password, email: `${handle.split('.')[0]}@example.test` }),
  })
  if (!answer.ok) throw new Error(`account ${handle}: ${answer.status} ${await answer.text()}`)
}
console.log('READY')
