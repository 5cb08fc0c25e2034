// One JavaScript of a customer, in QuickJS compiled to WebAssembly: it has a message and a console, and
// nothing else. No network, no timers, no clock but the message's; time, memory and stack are bounded.
// Runs in a thread of its own, see thread.ts.
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core'
import { PRELUDE } from './prelude.ts'

export type Script = {
  /** The endpoint and the version of its code: a runtime serves no other. */
  key: string
  code: string
}

/** What `handler` came to: the JSON that the prelude makes, or why it failed. */
export type Ran = { result: string } | { failed: string; console: string[] }

// All that we need of it: the DOM's types, where it is declared, are not Node's.
declare const WebAssembly: {
  Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
}

export const LIMITS = { timeMs: 50, memoryBytes: 16 * 1024 * 1024, stackBytes: 256 * 1024 }
/** Whatever a script piles up goes after so many runs. */
const MAX_RUNS = 1_000
/** To make one costs ten times a small run; kept, it takes some 50 KB. */
const MAX_KEPT = 256
/** Of the memory that all runtimes of a thread share. It never shrinks: past the first bound it is bloated. */
const ROOMY_BYTES = 96 * 1024 * 1024
const MOST_BYTES = 128 * 1024 * 1024
const PAGE_BYTES = 64 * 1024
const FIRST_BYTES = 16 * 1024 * 1024

type Kept = {
  runtime: QuickJSRuntime
  context: QuickJSContext
  call: QuickJSHandle
  console: QuickJSHandle
  runs: number
}

/** Of this thread: on a machine that has much to do nobody's code is blamed for the others'. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

export async function createSandbox() {
  const wasmMemory = new WebAssembly.Memory({
    initial: FIRST_BYTES / PAGE_BYTES,
    maximum: MOST_BYTES / PAGE_BYTES,
  })
  const { default: variant } = await import('@jitl/quickjs-wasmfile-release-sync')
  // Its types tell of the CommonJS build, which has its default one level deeper.
  const sync = variant as unknown as QuickJSSyncVariant
  const module = await newQuickJSWASMModuleFromVariant(newVariant(sync, { wasmMemory }))
  const kept = new Map<string, Kept>()
  let deadline = 0
  let mostBytes = 0
  let isHungry = false

  const memoryBytes = () => wasmMemory.buffer.byteLength
  const isBloated = () => memoryBytes() > ROOMY_BYTES

  function begin() {
    deadline = cpuMs() + LIMITS.timeMs
    mostBytes = memoryBytes() + LIMITS.memoryBytes
    isHungry = false
  }

  // QuickJS's own bound counts what is asked for at once only: in WebAssembly nothing tells it the size of
  // what it has. So a script may fill what is free, and so much more.
  function mustEnd(): boolean {
    isHungry = memoryBytes() > mostBytes
    return isHungry || cpuMs() > deadline
  }

  function keep(script: Script): Kept {
    const found = kept.get(script.key)
    if (found !== undefined) {
      // A Map keeps the order of insertion: the one used last goes to the end.
      kept.delete(script.key)
      kept.set(script.key, found)
      return found
    }
    // Without room nobody is kept: what this one needs must not depend on what the others hold.
    const most = isBloated() ? 0 : MAX_KEPT - 1
    for (const [key, oldest] of kept) {
      if (kept.size <= most) break
      drop(key, oldest)
    }
    const made = make(module, script, mustEnd)
    kept.set(script.key, made)
    return made
  }

  function drop(key: string, { context, runtime, call, console }: Kept) {
    kept.delete(key)
    call.dispose()
    console.dispose()
    context.dispose()
    runtime.dispose()
  }

  return {
    /** It has more memory than it should, for good: make a new one. */
    isBloated,
    memoryBytes,
    run(script: Script, input: string): Ran {
      begin()
      let entry: Kept
      try {
        entry = keep(script)
      } catch (error) {
        if (error instanceof ScriptError) return { failed: error.message, console: [] }
        throw error
      }
      const { context, call } = entry
      const text = context.newString(input)
      const called = context.callFunction(call, context.undefined, text)
      text.dispose()
      if (called.error) {
        const failed = isHungry ? HUNGRY : sentence(context, called.error)
        if (isHungry) called.error.dispose()
        begin()
        const lines = linesOf(entry)
        drop(script.key, entry)
        return { failed, console: lines }
      }
      const result = context.getString(called.value)
      called.value.dispose()
      if (++entry.runs >= MAX_RUNS) drop(script.key, entry)
      return { result }
    },
  }
}

const HUNGRY = `The code used more than ${LIMITS.memoryBytes / 1024 / 1024} MiB of memory`

/** What is wrong with the code of a customer; any other error is the end of this sandbox. */
class ScriptError extends Error {
  override name = 'ScriptError'
}

/** Throws ScriptError with what the code says when it is only loaded. */
function make(module: QuickJSWASMModule, { code }: Script, isLate: () => boolean): Kept {
  const runtime = module.newRuntime()
  runtime.setMemoryLimit(LIMITS.memoryBytes)
  runtime.setMaxStackSize(LIMITS.stackBytes)
  runtime.setInterruptHandler(isLate)
  const context = runtime.newContext()
  const handles: QuickJSHandle[] = []
  const held = (handle: QuickJSHandle) => {
    handles.push(handle)
    return handle
  }
  try {
    const prelude = held(evaluate(context, PRELUDE, 'prelude.js'))
    const bind = held(context.getProp(prelude, 'bind'))
    const console = held(context.getProp(prelude, 'console'))
    held(evaluate(context, code, 'handler.js'))
    // A function and a constant of this name are both found so.
    const found = 'typeof handler === "function" ? handler : null'
    const handler = held(evaluate(context, found, 'handler.js'))
    if (context.typeof(handler) !== 'function') {
      throw new ScriptError('The code declares no function handler(webhook)')
    }
    const call = context.unwrapResult(context.callFunction(bind, context.undefined, handler))
    for (const handle of handles) if (handle !== console) handle.dispose()
    return { runtime, context, call, console, runs: 0 }
  } catch (error) {
    for (const handle of handles) handle.dispose()
    context.dispose()
    runtime.dispose()
    throw error
  }
}

function evaluate(context: QuickJSContext, code: string, name: string): QuickJSHandle {
  const evaluated = context.evalCode(code, name, { type: 'global' })
  if (evaluated.error) throw new ScriptError(sentence(context, evaluated.error))
  return evaluated.value
}

function linesOf({ context, console }: Kept): string[] {
  const called = context.callFunction(console, context.undefined)
  if (called.error) {
    called.error.dispose()
    return []
  }
  const lines = context.getString(called.value)
  called.value.dispose()
  return JSON.parse(lines) as string[]
}

/** Of the script's own text only: its error and the line. */
function sentence(context: QuickJSContext, error: QuickJSHandle): string {
  const said: unknown = context.dump(error)
  error.dispose()
  if (typeof said !== 'object' || said === null)
    return cut(`The code threw ${JSON.stringify(said)}`)
  const { name, message, stack } = said as { name?: unknown; message?: unknown; stack?: unknown }
  if (message === 'interrupted') return `The code took longer than ${LIMITS.timeMs} ms`
  if (message === 'out of memory') return HUNGRY
  const line = typeof stack === 'string' ? /handler\.js:(\d+)/.exec(stack)?.[1] : undefined
  return cut(`${name ?? 'Error'}: ${message ?? ''}${line === undefined ? '' : ` (line ${line})`}`)
}

const cut = (text: string) => text.slice(0, 1_000).toWellFormed()
