const state = document.getElementById('state')
const curl = document.getElementById('curl')
const copy = document.getElementById('copy')

curl.textContent = `KEY=bwk_…
curl ${location.origin}/api/v1/app/demo/msg \\
  -H "Authorization: Bearer $KEY" \\
  -d '{"eventType":"hello.world","payload":{"text":"it works"},
       "application":{"uid":"demo","name":"Demo"}}'`

// Pages opened from another machine without https have no clipboard.
if (navigator.clipboard) {
  copy.hidden = false
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(curl.textContent)
    copy.textContent = 'Copied'
    setTimeout(() => (copy.textContent = 'Copy'), 1500)
  })
}

async function showState() {
  try {
    const answer = await fetch('/readyz')
    const { status, ...parts } = await answer.json()
    const trouble = Object.entries(parts).filter(([, part]) => part !== 'ok')
    state.dataset.state = answer.ok ? 'ready' : 'trouble'
    state.textContent = answer.ok
      ? 'Running: messages are accepted and delivered.'
      : `${status}: ${trouble.map(([name, part]) => `${name} ${part}`).join(', ')}`
  } catch {
    state.dataset.state = 'trouble'
    state.textContent = 'The server does not answer.'
  }
}

await showState()
setInterval(showState, 5000)
