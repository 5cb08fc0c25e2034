// Makes the docs handier: examples for this very server, copying, search. Without it they read the same.
for (const origin of document.querySelectorAll('.origin')) origin.textContent = location.origin

// Pages opened from another machine without https have no clipboard.
if (navigator.clipboard) for (const block of document.querySelectorAll('pre')) addCopy(block)

function addCopy(block) {
  const text = block.textContent
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = 'Copy'), 1500)
  })
  block.classList.add('copies')
  block.append(button)
}

const menu = document.getElementById('menu')
const input = menu.querySelector('input')
const nothing = menu.querySelector('.nothing')
const entries = [...menu.querySelectorAll('[data-words]')].map((item) => ({
  item,
  words: item.dataset.words.toLowerCase(),
  deep: 'deep' in item.dataset,
}))

function find() {
  const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean)
  let found = 0
  for (const { item, words, deep } of entries) {
    const matches = wanted.every((word) => words.includes(word))
    item.hidden = wanted.length === 0 ? deep : !matches
    if (!item.hidden) found++
  }
  for (const group of menu.querySelectorAll('.group')) {
    const list = group.nextElementSibling
    group.hidden = wanted.length > 0 && !list?.querySelector('li:not([hidden])')
  }
  nothing.hidden = found > 0
}

input.parentElement.hidden = false
input.addEventListener('input', find)
input.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    input.value = ''
    find()
  }
  if (event.key === 'Enter' && input.value.trim() !== '') {
    menu.querySelector('li:not([hidden]) a')?.click()
  }
})
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, select')
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  input.focus()
})
menu.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
