import { inspect } from 'node:util'
import type { StoreError } from '@freehold/contract'
import { connect, identityOf } from '@freehold/mongo'
import { describe, expect, test } from 'vitest'

describe('a URL', () => {
  const refused = (url: string) => connect({ url })

  test('that names no database is refused with the remedy', async () => {
    for (const url of ['mongodb://localhost', 'mongodb://localhost/', 'mongodb://localhost/?w=1'])
      await expect(refused(url)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(/host\/database/),
      })
  })

  test('that names a database of the server itself is refused by its name, with what to write', () => {
    for (const name of ['admin', 'config', 'local', 'Local'])
      for (const scheme of ['mongodb', 'mongodb+srv'])
        expect(problemsOf(`${scheme}://ada:secret@h.example/${name}?authSource=admin`)).toEqual([
          `names ${name}, which is the server's own; write host/database with one of yours, and authSource=${name} if the user is kept there`,
        ])
    expect(['locals', 'my-admin', 'config_'].flatMap((name) => problemsOf(`mongodb://h/${name}`))).toEqual([])
  })

  test('that is not one of MongoDB, or has an option that nobody knows, is refused without being quoted', async () => {
    for (const url of [
      'mongo://hunter2/db',
      'mongodb:///db',
      'mongodb://a/db?hunter2=1',
      'mongodb://u:hunter2@a:x/db',
    ]) {
      const error = await refused(url).catch((reason) => reason)
      expect(error).toMatchObject({ code: 'invalid' })
      expect(inspect(error)).not.toMatch(/hunter2/)
    }
  })

  test('has one identity, whatever its user, options and order of hosts', () => {
    const one = identityOf('mongodb://user:secret@B.example:27017,a.example/agents?replicaSet=rs')
    expect(one).toBe('mongodb://a.example:27017,b.example:27017/agents')
    expect(identityOf('mongodb://a.example,b.example:27017/agents')).toBe(one)
    expect(identityOf('mongodb+srv://cluster.example/agents?srvServiceName=other')).toMatch(/other$/)
    expect(identityOf('mongodb+srv://u:p@cluster.example/agents?w=majority')).toBe(
      'mongodb+srv://cluster.example/agents',
    )
  })

  const problemsOf = (url: string): string[] => {
    try {
      identityOf(url)
      return []
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid' })
      return (error as StoreError).problems.map(({ message }) => message)
    }
  }
  const problemsWith = (options: string) => problemsOf(`mongodb://host/agents?${options}`)

  test('is understood as vendors print it, with the name of a database', () => {
    const printed = [
      'mongodb+srv://u:p@cluster0.abcde.mongodb.net/agents?retryWrites=true&w=majority&appName=Cluster0',
      'mongodb://u:p@docdb.amazonaws.com:27017/agents?tls=true&replicaSet=rs0&retryWrites=false&tlsCAFile=global-bundle.pem',
      'mongodb://a:k%3D%3D@a.mongo.cosmos.azure.com:10255/agents?ssl=true&replicaSet=globaldb&retrywrites=false&maxIdleTimeMS=120000&appName=@a@',
      'mongodb+srv://u:p@db-1.mongo.ondigitalocean.com/agents?tls=true&authSource=admin&replicaSet=db-1',
      'mongodb://u:p@[::1]:27017,%2Ftmp%2Fmongodb-27017.sock/agents',
    ]
    expect(printed.flatMap(problemsOf)).toEqual([])
  })

  test('that asks for less than the laws rest on is refused with what to write', () => {
    const asked = {
      w: '1',
      j: 'false',
      journal: 'false',
      readPreference: 'secondaryPreferred',
      readConcernLevel: 'available',
    }
    for (const [name, value] of Object.entries(asked))
      expect(problemsWith(`${name}=${value}`)).toEqual([expect.stringMatching(`write ${name}=\\w+ or leave it out`)])
  })

  test('with an option of another driver is refused by name, with what to write', () => {
    const refused = {
      sslmode: /write tls=true/,
      'ssl-mode': /write tls=true/,
      ssl_ca_certs: /write tlsCAFile/,
      sslValidate: /tlsAllowInvalidCertificates/,
      wtimeoutMS: /leave it out/,
      useNewUrlParser: /leave it out/,
      maxStalenessSeconds: /from the primary/,
      user: /in front of the host/,
    }
    for (const [name, remedy] of Object.entries(refused))
      expect(problemsWith(`${name}=1`)).toEqual([expect.stringMatching(new RegExp(`${name}.*${remedy.source}`, 'i'))])
  })

  test('with an @ and nobody before it is told so', () => {
    for (const user of ['', ':pw'])
      expect(problemsOf(`mongodb://${user}@host/db`)).toEqual([expect.stringMatching(/^names no user before the @/)])
  })

  test('that says two things at once, or one twice, is refused', () => {
    const twice = [
      'tls=true&tls=true',
      'appName=a&appname=b',
      'tls=true&ssl=false',
      'retryWrites=true&retryWrites=false',
    ]
    const apart = [
      'minPoolSize=9&maxPoolSize=3',
      'tls=true&tlsInsecure=true&tlsAllowInvalidHostnames=true',
      'srvMaxHosts=1',
    ]
    for (const options of [...twice, ...apart]) expect(problemsWith(options), options).toHaveLength(1)
    expect(problemsWith('tls=true&ssl=true')).toEqual([])
  })

  test('that tells about TLS and asks for none is refused: it would be spoken in the clear', () => {
    for (const options of [
      'tlsCAFile=a.pem',
      'tls=false&tlsCertificateKeyFile=a.pem',
      'tlsAllowInvalidHostnames=false',
    ])
      expect(problemsWith(options)).toEqual([expect.stringMatching(/add tls=true/)])
    expect(problemsOf('mongodb+srv://host/agents?tlsCAFile=a.pem')).toEqual([])
  })

  test('with a value that an option cannot have is refused', () => {
    for (const options of ['tls=1', 'tls=', 'maxPoolSize=0', 'socketTimeoutMS=soon', 'connectTimeoutMS=-1', 'appName='])
      expect(problemsWith(options)).toEqual([expect.stringMatching(/a value it cannot have/)])
  })

  test('with a value of a closed list that is not in it is refused by name, with what to write', () => {
    const closed = {
      'authMechanism=SCRAM': /option authMechanism .*write SCRAM-SHA-256/,
      'authMechanism=MONGODB-CR': /option authMechanism .*write SCRAM-SHA-256/,
      'authMechanismProperties=abc': /option authMechanismProperties .*write NAME:value/,
      'compressors=zlib,lz4': /option compressors .*write zstd/,
      'serverMonitoringMode=never': /option serverMonitoringMode .*write auto/,
      'compressors=zlib&zlibCompressionLevel=10': /option zlibCompressionLevel .*from 0 to 9/,
      'readConcernLevel=linearizable': /write readConcernLevel=local/,
    }
    for (const [options, told] of Object.entries(closed))
      expect(problemsWith(options)).toEqual([expect.stringMatching(told)])
    expect(problemsWith('authMechanism=scram-sha-1&compressors=zstd,zlib&zlibCompressionLevel=9')).toEqual([])
  })

  test('with an option that means nothing without another, or with several hosts, is refused by name', () => {
    expect(problemsWith('proxyPort=3')).toEqual([expect.stringMatching(/proxyPort without proxyHost/)])
    expect(problemsWith('proxyHost=a&proxyUsername=b')).toEqual([expect.stringMatching(/without proxyPassword/)])
    for (const name of ['directConnection', 'loadBalanced'])
      expect(problemsOf(`mongodb://a,b/agents?${name}=true`)).toEqual([
        expect.stringMatching(`${name} with several hosts`),
      ])
  })

  test('with what the driver does not take is refused by the name of the option, and quotes nothing', async () => {
    const refusals = {
      'mongodb://host/db?authMechanism=PLAIN': /has the option authMechanism, which the driver/,
      'mongodb://ada:hunter2@host/db?appName=a&authMechanism=MONGODB-X509':
        /has the option authMechanism, which the driver/,
      'mongodb://host/db?authMechanism=GSSAPI&authMechanismProperties=CANONICALIZE_HOST_NAME:hunter2':
        /has options that the driver/,
      'mongodb://ada:hunter2@host/db?authMechanismProperties=CANONICALIZE_HOST_NAME:x':
        /has the option authMechanismProperties, which the driver/,
    }
    for (const [url, told] of Object.entries(refusals)) {
      const error = await refused(url).catch((reason) => reason)
      expect(error).toMatchObject({ code: 'invalid', retryable: false, message: expect.stringMatching(told) })
      expect(inspect(error)).not.toMatch(/hunter2|ada/)
    }
  })

  test('of mongodb+srv has an example of mongodb+srv in what is said of it', () => {
    for (const url of ['mongodb+srv://host.example', 'mongodb+srv://host.example/?w=majority', 'mongodb+srv:///db'])
      expect(problemsOf(url)).toEqual([expect.stringMatching(/write mongodb\+srv:\/\/\S*host\/database/)])
  })

  test('tells all that is wrong with it at once', () => {
    const all = problemsOf('mongodb://u:p@host:99999/a b?w=1&readPreference=nearest&tlsCAFile=a')
    expect(all).toHaveLength(5)
  })

  test('that was not encoded is refused, and does not lead elsewhere', () => {
    for (const url of [
      'mongodb://u:p/w@host/db',
      'mongodb://u:p#w@host/db',
      'mongodb://u:p?w@host/db',
      'mongodb://u:p@w@host/db',
      'mongodb://u:50%@host/db',
      'mongodb://host/db#w',
      'mongodb://host/db\n',
      ' mongodb://host/db',
      'mongodb://host /db',
    ])
      expect(problemsOf(url), url).toHaveLength(1)
  })

  test('and a pool that is given beside it say the same, or are refused', async () => {
    await expect(connect({ url: 'mongodb://host/db?maxPoolSize=5', pool: 6 })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/another maxPoolSize than `pool`/),
    })
    for (const [options, pool, problem] of [
      [
        'minPoolSize=11',
        undefined,
        'has a minPoolSize above the pool, which is 10; lower it, or give a greater `pool`',
      ],
      ['minPoolSize=3', 2, 'has a minPoolSize above the pool, which is 2; lower it, or give a greater `pool`'],
      ['maxPoolSize=1001', undefined, 'has a maxPoolSize above 1000; lower it'],
    ] as const)
      await expect(connect({ url: `mongodb://host/db?${options}`, pool })).rejects.toMatchObject({
        code: 'invalid',
        problems: [{ field: 'url', message: problem }],
      })
  })
})
