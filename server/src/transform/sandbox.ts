// One JavaScript of a customer, in QuickJS compiled to WebAssembly: it has a message and a console, and
// nothing else. No network, no timers, no clock but the message's; time, memory and stack are bounded.
// Runs in a thread of its own, see thread.ts.
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
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

export const LIMITS = { timeMs: 50, memoryBytes: 16 * 1024 * 1024, stackBytes: 256 * 1024 }
/** Whatever a script piles up goes after so many runs. */
const MAX_RUNS = 1_000
/** To make one costs ten times a small run; kept, it takes some 50 KB. */
const MAX_KEPT = 256
/** Of the memory that all runtimes of a thread share: beyond it only the few used last are kept. */
const ROOMY_BYTES = 256 * 1024 * 1024
const MAX_KEPT_CRAMPED = 16

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
  const module = await newQuickJSWASMModuleFromVariant(
    import('@jitl/quickjs-wasmfile-release-sync'),
  )
  const kept = new Map<string, Kept>()
  let deadline = 0

  function keep(script: Script): Kept {
    const isCramped = module.getWasmMemory().buffer.byteLength > ROOMY_BYTES
    const found = kept.get(script.key)
    if (found !== undefined) {
      // A Map keeps the order of insertion: the one used last goes to the end.
      kept.delete(script.key)
      kept.set(script.key, found)
      if (!isCramped) return found
    }
    const most = (isCramped ? MAX_KEPT_CRAMPED : MAX_KEPT) - (found === undefined ? 1 : 0)
    for (const [key, oldest] of kept) {
      if (kept.size <= most) break
      drop(key, oldest)
    }
    if (found !== undefined) return found
    const made = make(module, script, () => cpuMs() > deadline)
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
    run(script: Script, input: string): Ran {
      deadline = cpuMs() + LIMITS.timeMs
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
        const failed = sentence(context, called.error)
        deadline = cpuMs() + LIMITS.timeMs
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
  if (message === 'out of memory') {
    return `The code used more than ${LIMITS.memoryBytes / 1024 / 1024} MiB of memory`
  }
  const line = typeof stack === 'string' ? /handler\.js:(\d+)/.exec(stack)?.[1] : undefined
  return cut(`${name ?? 'Error'}: ${message ?? ''}${line === undefined ? '' : ` (line ${line})`}`)
}

const cut = (text: string) => text.slice(0, 1_000).toWellFormed()
