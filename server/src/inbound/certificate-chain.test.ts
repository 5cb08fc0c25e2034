// A provider's certificate leads to a root that is trusted, or at least to nothing that breaks. All keys
// were made for these tests and thrown away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertChain } from './certificate-chain.ts'
import { createFetchKey } from './fetched-keys.ts'

const ROOT = `-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUOw6YlMjIGIngwtatf7xrcDgsJRIwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSQmVsbHdpcmUgdGVzdCByb290MCAXDTI2MTEyMTE5MDYzMVoY
DzIxMjYxMDI4MTkwNjMxWjAdMRswGQYDVQQDDBJCZWxsd2lyZSB0ZXN0IHJvb3Qw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATPI6yi7E86E7pxPcLD4iuet/yyAOWU
Q0AoDENEfFRj99Vdkbz+Djpj0zvFfD+gDkTpb2s9ylei3sunHRRBwsXQo2MwYTAd
BgNVHQ4EFgQUxvBJLrU2cUNZlHMjOyrNf6zt/N0wHwYDVR0jBBgwFoAUxvBJLrU2
cUNZlHMjOyrNf6zt/N0wDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQw
CgYIKoZIzj0EAwIDSAAwRQIhANIaVWGltVbDO6RkGQRwX33JJKGuECBN/1V6H9Mu
RKRVAiBblfmh52SjM6k7XEFf79Z8P5KAWN2EDh7z4skDiarf0Q==
-----END CERTIFICATE-----`
const NAMESAKE = `-----BEGIN CERTIFICATE-----
MIIBoDCCAUegAwIBAgIUK0ZuAZLSON9+jg8X3zZJq5PyEkgwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSQmVsbHdpcmUgdGVzdCByb290MCAXDTI2MTEyMTE5MDYzMVoY
DzIxMjYxMDI4MTkwNjMxWjAdMRswGQYDVQQDDBJCZWxsd2lyZSB0ZXN0IHJvb3Qw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATyXbmkG2rJGwI5b0hdPdj1RlKfl+ZY
Z1dYvBaunNv/BqQHSTefRFuwpRUNylnVAKxjj2mEoDpAQszeK585hRxUo2MwYTAd
BgNVHQ4EFgQUYb6Bl1gnxYTMv0Dyfp9SxJ4NHPowHwYDVR0jBBgwFoAUYb6Bl1gn
xYTMv0Dyfp9SxJ4NHPowDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQw
CgYIKoZIzj0EAwIDRwAwRAIgf0CNr38s7DBj8DqcLtjRmh2LUbR4qA8GPbwngh2g
p8cCIA2SUYuruq7wQiWHv/6Jy8nw7VLWRe0NZYBAzksc1ncE
-----END CERTIFICATE-----`
const INTERMEDIATE = `-----BEGIN CERTIFICATE-----
MIIBqDCCAU+gAwIBAgIUYzUeaSw30xADxNG4wQNY/fl8Dr0wCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSQmVsbHdpcmUgdGVzdCByb290MCAXDTI2MTEyMTE5MDYzMVoY
DzIxMjYxMDI4MTkwNjMxWjAlMSMwIQYDVQQDDBpCZWxsd2lyZSB0ZXN0IGludGVy
bWVkaWF0ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHafohgD5ofOs49Kjk6o
iWPIzFwywrpyP8XX+63ikRFEtxa7pY/TykjoJZAxKcKia73nu7QDDI0KUGHmQv4z
d1CjYzBhMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQW
BBRCopLOC1fMEhAcRXT+R8AyqAPehDAfBgNVHSMEGDAWgBTG8EkutTZxQ1mUcyM7
Ks1/rO383TAKBggqhkjOPQQDAgNHADBEAiBAGYJutJikvl6LTTPM9oVhajnwp7hu
xo0qMM/Z8RZNGAIgF7OyQsCmihInsmJWLdHlPMHEvy61Gn8qrBrHjxr/oi8=
-----END CERTIFICATE-----`
const LEAF = `-----BEGIN CERTIFICATE-----
MIIBrzCCAVagAwIBAgIURLNPH5HDGZc1GkXB9di0YIFfVAowCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwaQmVsbHdpcmUgdGVzdCBpbnRlcm1lZGlhdGUwIBcNMjYxMTIx
MTkwNjMxWhgPMjEyNjEwMjgxOTA2MzFaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25h
d3MuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBjg60eu4c1umPAjtYSl9
oZ12gqKNRBuL5c8d8MC462XmB+62IWMsSo0dE+jxKvTpzdnTae4VO9yW/vNgDbAq
KaNrMGkwCQYDVR0TBAIwADAcBgNVHREEFTATghFzbnMuYW1hem9uYXdzLmNvbTAd
BgNVHQ4EFgQUrbWMEeXDK13nnBckZUC1LhfYnSUwHwYDVR0jBBgwFoAUQqKSzgtX
zBIQHEV0/kfAMqgD3oQwCgYIKoZIzj0EAwIDRwAwRAIgLesDzpkm0pJfADpTaAFv
x++T9rWqNRYMHlypWY60qY4CIAX/32ne277NhRZfUYDzQ//PoaqiHy8D8d/R0pLq
IDbh
-----END CERTIFICATE-----`
const FOREIGN = `-----BEGIN CERTIFICATE-----
MIIBuDCCAV6gAwIBAgIURLNPH5HDGZc1GkXB9di0YIFfVAswCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwaQmVsbHdpcmUgdGVzdCBpbnRlcm1lZGlhdGUwIBcNMjYxMTIx
MTkwNjMyWhgPMjEyNjEwMjgxOTA2MzJaMBsxGTAXBgNVBAMMEHNucy5ldmlsLmV4
YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS859WSo4vle8n5sZG7WL/b
xoLUYrkpdGor/lUidoQcrvRme8uo6Gmm1rB2uZPpYUYcYOgTGNXzKDXnby4NCg0f
o3QwcjAJBgNVHRMEAjAAMCUGA1UdEQQeMByCGmFtYXpvbmF3cy5jb20uZXZpbC5l
eGFtcGxlMB0GA1UdDgQWBBTCbTl0XxCC63Wylxo0u+6m581HkzAfBgNVHSMEGDAW
gBRCopLOC1fMEhAcRXT+R8AyqAPehDAKBggqhkjOPQQDAgNIADBFAiEAoJ6LW7r2
5E1LrkZ/99uCCUsd7YvVR3E1sVgHJd6EGvQCIB5pA6MWFocTbFxy6V06Ecj/VOjX
op5zgDY4W0vSqdG5
-----END CERTIFICATE-----`
const NO_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBsDCCAVagAwIBAgIURLNPH5HDGZc1GkXB9di0YIFfVAwwCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwaQmVsbHdpcmUgdGVzdCBpbnRlcm1lZGlhdGUwIBcNMjYxMTIx
MTkwNjMyWhgPMjEyNjEwMjgxOTA2MzJaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25h
d3MuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEN1Lw/BMQnrW7tw2c8LXN
3ifXhAvJ5+3Ol5V35MSLEPwVImPoHLpcbVWjhx7MRZri1fzvFZd68tqRV0qPJtV3
vqNrMGkwCQYDVR0TBAIwADAcBgNVHREEFTATghFzbnMuYW1hem9uYXdzLmNvbTAd
BgNVHQ4EFgQUBfB6FZUlW/UgO8GAWa1t8eAyHFgwHwYDVR0jBBgwFoAUQqKSzgtX
zBIQHEV0/kfAMqgD3oQwCgYIKoZIzj0EAwIDSAAwRQIhAIAYsWzybIWAi6fFq0Ud
5LDaqBju9SRrS0KAMMXWSddRAiBdFt/3BTz8zNCW4iHfq/y6CX330yRr2SOJq2zK
mWInug==
-----END CERTIFICATE-----`
const BY_NO_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBpjCCAU2gAwIBAgIUfYMgagEaKsfUYneHX2Q9GguXs0owCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wIBcNMjYxMTIxMTkwNjMyWhgP
MjEyNjEwMjgxOTA2MzJaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdLXxyiJtTKFvsT9Wp8Fq1SFYJGHPs9lj
ZnoutZBkrhWg5zwVm3YjTvQ4Kbbdz0hG9wQPgf/IdB2fOpDdCCulnKNrMGkwCQYD
VR0TBAIwADAcBgNVHREEFTATghFzbnMuYW1hem9uYXdzLmNvbTAdBgNVHQ4EFgQU
pomMN0iVxsywwhae6asp8/jamRMwHwYDVR0jBBgwFoAUBfB6FZUlW/UgO8GAWa1t
8eAyHFgwCgYIKoZIzj0EAwIDRwAwRAIgDa+elChDTq1kKNT7WptPHx+RerQ5sbbA
Y5P/zeedqgYCIF5MEnWcPbeqolf5Mjb0tqMQ7xIX2+jslU+gxFvq64Ql
-----END CERTIFICATE-----`
const SHORT_INTERMEDIATE = `-----BEGIN CERTIFICATE-----
MIIBpjCCAU2gAwIBAgIUYzUeaSw30xADxNG4wQNY/fl8Dr4wCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSQmVsbHdpcmUgdGVzdCByb290MB4XDTI2MTEyMTE5MDcxMloX
DTI2MTEyMjE5MDcxMlowJTEjMCEGA1UEAwwaQmVsbHdpcmUgbGF0ZSBpbnRlcm1l
ZGlhdGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATxku7+K1n+RxO2i+7PE+EO
u0WnjEqDA1eH4IoL+uC7mYZtsRbocWgLfHm7DJaCFsXCwhGwlDsQ3FSs2iH1OIFJ
o2MwYTAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQU
4VFj+nsj8bN1Dliuc4wTq899SScwHwYDVR0jBBgwFoAUxvBJLrU2cUNZlHMjOyrN
f6zt/N0wCgYIKoZIzj0EAwIDRwAwRAIgROaambE6BbIjqLzEZkQmux6osu70WG08
mvE/CsCP/YECIFuN0cksjlkFarvr6eq3/uzXbd6WWIDRWBbZsgT7fEbZ
-----END CERTIFICATE-----`
const BY_SHORT = `-----BEGIN CERTIFICATE-----
MIIBrzCCAVagAwIBAgIUQVgn2p9zEsMQ05Y4MmDyWPGx8s8wCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwaQmVsbHdpcmUgbGF0ZSBpbnRlcm1lZGlhdGUwIBcNMjYxMTIx
MTkwNzEyWhgPMjEyNjEwMjgxOTA3MTJaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25h
d3MuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBQp+PowybLh7l0X57UQc
8Vc42aB1umvwqCS7tVAnzHusr9pJdl0H8j7gUZzogMX7YyvAcP/KegtsHF+XJRao
F6NrMGkwCQYDVR0TBAIwADAcBgNVHREEFTATghFzbnMuYW1hem9uYXdzLmNvbTAd
BgNVHQ4EFgQUTgYWTLTaoUfrvE7UV1NJZKRtC4UwHwYDVR0jBBgwFoAU4VFj+nsj
8bN1Dliuc4wTq899SScwCgYIKoZIzj0EAwIDRwAwRAIgCxgktoklRdp0NBQeKlmJ
/QR3KsrHi5hI3T28A505mHwCIFC0FTmMsbQxGtpH94DG6yhw4v5xGh9RFHvI9V+/
fhxu
-----END CERTIFICATE-----`

const URL = 'https://sns.eu-west-1.amazonaws.com/cert.pem'
const now = new Date('2030-01-01T00:00:00Z')
const roots = [NAMESAKE, ROOT]
const check =
  (certificates: string[], { url = URL, trusted = roots, at = now } = {}) =>
  () =>
    assertChain(certificates.join('\n'), url, { roots: trusted, now: at })

for (const [name, certificates] of Object.entries({
  'a whole chain': [LEAF, INTERMEDIATE],
  'a chain with its root': [LEAF, INTERMEDIATE, ROOT],
  'a chain in another order, with a stranger in it': [LEAF, ROOT, NO_AUTHORITY, INTERMEDIATE],
  'a certificate whose intermediate is left out': [LEAF],
})) {
  test(`${name} is taken`, () => assert.doesNotThrow(check(certificates)))
}

const namesake = check([LEAF, INTERMEDIATE, NAMESAKE], { trusted: [NAMESAKE] })
for (const [name, run, message] of [
  ['an authority of the same name with another key', namesake, /nobody known/],
  ['a root in place of a certificate', check([NAMESAKE], { trusted: [ROOT] }), /made out to/],
  [
    'an intermediate that leads to no root',
    check([LEAF, INTERMEDIATE], { trusted: [NAMESAKE] }),
    /nobody known/,
  ],
  [
    'a chain to a root that does not count',
    check([LEAF, INTERMEDIATE, ROOT], { trusted: [] }),
    /nobody known/,
  ],
  [
    'an issuer that is no authority',
    check([BY_NO_AUTHORITY, NO_AUTHORITY]),
    /signature is not right/,
  ],
  ['an intermediate out of date', check([BY_SHORT, SHORT_INTERMEDIATE]), /out of date/],
  ['a certificate of the future', check([LEAF], { at: new Date('2020-01-01') }), /out of date/],
  ['somebody else’s certificate', check([FOREIGN, INTERMEDIATE]), /made out to/],
  ['one for another provider', check([LEAF], { url: 'https://api.paypal.com/c' }), /made out to/],
  ['no certificate', check(['hello']), /no certificate/],
  ['a certificate that is cut', check([LEAF.replace(/\n.{20}/, '\n')]), /cannot be read/],
  ['too many', check(Array.from({ length: 11 }, () => LEAF)), /too long/],
] as const) {
  test(`${name} is refused`, () => assert.throws(run, { code: 'key_untrusted', message }))
}

test('what is fetched is held against it once, and then known for a while', async () => {
  const asked: string[] = []
  const files: Record<string, string> = { good: `${LEAF}\n${INTERMEDIATE}`, bad: FOREIGN }
  const fetchKey = createFetchKey(
    async (url) => {
      asked.push(url)
      return { status: 200, body: files[url.split('/').at(-1)!]! }
    },
    { roots, clock: () => now },
  )
  const wanted = (name: string) =>
    ({ kind: 'certificate', url: `https://sns.eu-west-1.amazonaws.com/${name}` }) as const
  for (let n = 0; n < 2; n++) {
    assert.equal(await fetchKey(wanted('good')), files['good'])
    await assert.rejects(fetchKey(wanted('bad')), { code: 'key_untrusted' })
  }
  assert.deepEqual(
    asked.map((url) => url.split('/').at(-1)),
    ['good', 'bad'],
  )
})
