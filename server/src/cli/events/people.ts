import type { Stamp, TestEvent } from './event.ts'

const standard = (provider: string, type: string, json: (s: Stamp) => object): TestEvent => ({
  ...{ provider, type, json },
  headers: (s) => ({ 'webhook-id': s.id('msg_') }),
})

export const people: TestEvent[] = [
  {
    provider: 'slack',
    type: 'app_mention',
    json: (s) => ({
      token: 'unused-and-deprecated',
      team_id: 'T0000EXAMPLE',
      api_app_id: 'A0000EXAMPLE',
      type: 'event_callback',
      event_id: s.id('Ev'),
      event_time: s.seconds,
      event: {
        type: 'app_mention',
        user: 'U0000EXAMPLE',
        text: '<@U0000BOT> what is the weather?',
        ts: `${s.seconds}.000100`,
        channel: 'C0000EXAMPLE',
      },
    }),
  },
  {
    provider: 'twilio',
    type: 'sms.received',
    headers: (s) => ({ 'I-Twilio-Idempotency-Token': s.uuid }),
    form: (s) => ({
      AccountSid: `AC${'0'.repeat(32)}`,
      ApiVersion: '2010-04-01',
      Body: 'Où êtes-vous ?',
      From: '+33700000042',
      MessageSid: `SM${s.uuid.replaceAll('-', '')}`,
      NumMedia: '0',
      SmsStatus: 'received',
      To: '+33700000001',
    }),
  },
  {
    provider: 'mailgun',
    type: 'delivered',
    json: (s) => ({
      'event-data': {
        id: s.id(''),
        event: 'delivered',
        timestamp: s.millis / 1000,
        recipient: 'jean@example.com',
        message: { headers: { 'message-id': `${s.uuid}@example.com`, subject: 'Hello' } },
        'delivery-status': { code: 250, message: 'OK' },
      },
    }),
  },
  standard('resend', 'email.bounced', (s) => ({
    type: 'email.bounced',
    created_at: s.iso,
    data: {
      email_id: s.uuid,
      from: 'Bellwire <hello@example.com>',
      to: ['nobody@example.com'],
      subject: 'Hello',
      bounce: { type: 'Permanent', subType: 'General', message: 'No such mailbox' },
    },
  })),
  standard('clerk', 'user.created', (s) => ({
    type: 'user.created',
    object: 'event',
    timestamp: s.millis,
    data: {
      id: s.id('user_'),
      object: 'user',
      first_name: 'Jean',
      last_name: 'Durand',
      created_at: s.millis,
      email_addresses: [{ id: s.id('idn_'), email_address: 'jean@example.com' }],
    },
  })),
  standard('openai', 'response.completed', (s) => ({
    id: s.id('evt_'),
    object: 'event',
    created_at: s.seconds,
    type: 'response.completed',
    data: { id: s.id('resp_') },
  })),
  standard('standard-webhooks', 'user.created', (s) => ({
    type: 'user.created',
    timestamp: s.iso,
    data: { id: s.uuid, email: 'jean@example.com' },
  })),
  {
    provider: 'zoom',
    type: 'meeting.ended',
    json: (s) => ({
      event: 'meeting.ended',
      event_ts: s.millis,
      payload: {
        account_id: 'AAAAAAexample',
        object: {
          id: '85000000042',
          uuid: s.id(''),
          topic: 'Weekly',
          type: 2,
          start_time: new Date(s.millis - 1_800_000).toISOString(),
          end_time: s.iso,
          duration: 30,
        },
      },
    }),
  },
  {
    provider: 'typeform',
    type: 'form_response',
    json: (s) => ({
      event_id: s.id('01'),
      event_type: 'form_response',
      form_response: {
        form_id: 'example1',
        token: s.id(''),
        submitted_at: s.iso,
        answers: [
          { type: 'email', email: 'jean@example.com', field: { id: 'q1', type: 'email' } },
          { type: 'number', number: 9, field: { id: 'q2', type: 'opinion_scale' } },
        ],
      },
    }),
  },
  {
    provider: 'calendly',
    type: 'invitee.created',
    json: (s) => ({
      event: 'invitee.created',
      created_at: s.iso,
      created_by: 'https://api.calendly.com/users/EXAMPLE',
      payload: {
        uri: `https://api.calendly.com/scheduled_events/EXAMPLE/invitees/${s.uuid}`,
        email: 'jean@example.com',
        name: 'Jean Durand',
        status: 'active',
        timezone: 'Europe/Paris',
      },
    }),
  },
  {
    provider: 'intercom',
    type: 'conversation.user.created',
    json: (s) => ({
      type: 'notification_event',
      id: s.id('notif_'),
      topic: 'conversation.user.created',
      app_id: 'example1',
      created_at: s.seconds,
      data: {
        type: 'notification_event_data',
        item: { type: 'conversation', id: String(s.number), source: { body: '<p>Hello</p>' } },
      },
    }),
  },
  {
    provider: 'hubspot',
    type: 'contact.creation',
    json: (s) => [
      {
        eventId: s.number,
        subscriptionId: 1042,
        portalId: 4242,
        appId: 42,
        occurredAt: s.millis,
        subscriptionType: 'contact.creation',
        attemptNumber: 0,
        objectId: s.number + 1,
        changeSource: 'CRM_UI',
      },
    ],
  },
]
