import { jsonRequest } from './requests.ts'
import type { Template } from './template.ts'
import { cutTo, filled, textIn } from './values.ts'

const ACTIONS = ['trigger', 'acknowledge', 'resolve']
const SEVERITIES = ['error', 'critical', 'warning', 'info']

export const pagerduty: Template = {
  name: 'pagerduty',
  title: 'PagerDuty',
  about: 'An event; the URL is `https://events.pagerduty.com/v2/enqueue` (Events API v2).',
  fields: [
    {
      ...{ name: 'routingKey', title: 'Integration key', type: 'secret', required: true },
      about: 'Of the service that gets the events',
    },
    {
      ...{ name: 'action', title: 'Action', type: 'choice', choices: ACTIONS, required: false },
      about: 'What the event does',
    },
    {
      ...{ name: 'severity', title: 'Severity', type: 'choice', choices: SEVERITIES },
      ...{ required: false, about: 'How bad it is' },
    },
    {
      ...{ name: 'summary', title: 'Summary', type: 'text', required: false },
      about: 'With `{{payload.name}}` and the like; else the event type',
    },
    {
      ...{ name: 'dedupKey', title: 'Key of the incident', type: 'text', required: false },
      about: 'With placeholders: events of one key are one incident; else the id of the message',
    },
  ],
  shape(input, parameters) {
    const text = (name: string, initial: string) =>
      filled(textIn(parameters, name) || initial, input)
    const payload = {
      summary: cutTo(text('summary', '{{type}}'), 1_024),
      source: 'bellwire',
      severity: textIn(parameters, 'severity') || SEVERITIES[0],
      timestamp: input.at.toISOString(),
      custom_details: input.json ?? null,
    }
    return jsonRequest(input, {
      routing_key: textIn(parameters, 'routingKey'),
      event_action: textIn(parameters, 'action') || ACTIONS[0],
      dedup_key: cutTo(text('dedupKey', '{{id}}'), 255),
      payload,
    })
  },
}
