// Messages to people: one text, made of the payload, in the form and within the bounds of each service.
import { jsonRequest, request } from './requests.ts'
import type { Field, Parameters, Template, TemplateInput } from './template.ts'
import { cutTo, filled, textIn } from './values.ts'

const TEXT: Field = {
  name: 'text',
  title: 'Text',
  type: 'text',
  required: false,
  about: 'With `{{payload.name}}`, `{{type}}`, `{{id}}`, `{{time}}`; else the type and the payload',
}

type Text = { max: number; toSafe?: (part: string) => string }

function textOfMessage(
  input: TemplateInput,
  parameters: Parameters,
  { max, toSafe = (part) => part }: Text,
) {
  const text = textIn(parameters, 'text') || '{{type}}\n{{payload}}'
  return cutTo(filled(text, input, toSafe), max)
}

/** Slack reads `<…>` as links and mentions: what comes from a payload must not make any. */
const slackEscape = (part: string) =>
  part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export const slack: Template = {
  name: 'slack',
  title: 'Slack',
  about: 'A message to the channel of an incoming webhook.',
  fields: [TEXT],
  shape: (input, parameters) =>
    jsonRequest(input, {
      text: textOfMessage(input, parameters, { max: 4_000, toSafe: slackEscape }),
    }),
}

export const discord: Template = {
  name: 'discord',
  title: 'Discord',
  about: 'A message to the channel of a webhook; it mentions nobody.',
  fields: [TEXT],
  shape: (input, parameters) =>
    jsonRequest(input, {
      content: textOfMessage(input, parameters, { max: 2_000 }),
      allowed_mentions: { parse: [] },
    }),
}

export const teams: Template = {
  name: 'teams',
  title: 'Microsoft Teams',
  about: 'An adaptive card, for a workflow that starts when a webhook request is received.',
  fields: [TEXT],
  shape(input, parameters) {
    // A card may have 28 KB, and JSON makes some characters six bytes long.
    const text = textOfMessage(input, parameters, { max: 4_000 })
    const content = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [{ type: 'TextBlock', text, wrap: true }],
    }
    const contentType = 'application/vnd.microsoft.card.adaptive'
    return jsonRequest(input, {
      type: 'message',
      attachments: [{ contentType, contentUrl: null, content }],
    })
  },
}

export const googleChat: Template = {
  name: 'google-chat',
  title: 'Google Chat',
  about: 'A message to the space of a webhook.',
  fields: [TEXT],
  shape: (input, parameters) =>
    request(input, {
      contentType: 'application/json; charset=UTF-8',
      body: JSON.stringify({ text: textOfMessage(input, parameters, { max: 4_000 }) }),
    }),
}

export const telegram: Template = {
  name: 'telegram',
  title: 'Telegram',
  about: 'A message of a bot; the URL is `https://api.telegram.org/bot<token>/sendMessage`.',
  fields: [
    {
      name: 'chatId',
      title: 'Chat',
      type: 'text',
      required: true,
      about: 'The number of the chat, or the name of a channel with its `@`',
    },
    TEXT,
  ],
  shape: (input, parameters) =>
    jsonRequest(input, {
      chat_id: textIn(parameters, 'chatId'),
      text: textOfMessage(input, parameters, { max: 4_096 }),
    }),
}
