// Loaded into a server before anything else: what it does every hour, it does every two seconds.
const HOUR_MS = 3_600_000
const SHORT_MS = 2_000

globalThis.setInterval = new Proxy(setInterval, {
  apply: (target, self, [work, ms, ...given]) =>
    Reflect.apply(target, self, [work, ms === HOUR_MS ? SHORT_MS : ms, ...given]),
})
