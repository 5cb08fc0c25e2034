import type { Stamp, TestEvent } from './event.ts'

const repository = {
  id: 104_200,
  name: 'hello',
  full_name: 'example/hello',
  private: false,
  html_url: 'https://github.com/example/hello',
  default_branch: 'main',
}
const sender = { login: 'jean-example', id: 1042, type: 'User' }

const github = (type: string, json: (s: Stamp) => object): TestEvent => ({
  provider: 'github',
  type,
  headers: (s) => ({
    'User-Agent': 'GitHub-Hookshot/0000000',
    'X-GitHub-Delivery': s.uuid,
    'X-GitHub-Event': type.split('.')[0]!,
    'X-GitHub-Hook-ID': '1042',
    'X-GitHub-Hook-Installation-Target-Type': 'repository',
  }),
  json: (s) => ({ ...json(s), repository, sender }),
})

export const development: TestEvent[] = [
  github('push', (s) => ({
    ref: 'refs/heads/main',
    before: '0'.repeat(40),
    after: 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3',
    commits: [
      {
        id: 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3',
        message: 'Say hello',
        timestamp: s.iso,
        author: { name: 'Jean Durand', email: 'jean@example.com' },
        added: ['hello.txt'],
        removed: [],
        modified: [],
      },
    ],
  })),
  github('pull_request.opened', (s) => ({
    action: 'opened',
    number: 7,
    pull_request: {
      number: 7,
      title: 'Greet in French',
      state: 'open',
      draft: false,
      created_at: s.iso,
      head: { ref: 'french', sha: 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3' },
      base: { ref: 'main' },
    },
  })),
  github('issues.opened', (s) => ({
    action: 'opened',
    issue: { number: 8, title: 'It says nothing', state: 'open', created_at: s.iso, user: sender },
  })),
  {
    provider: 'gitlab',
    type: 'push',
    headers: (s) => ({
      'X-Gitlab-Event': 'Push Hook',
      'X-Gitlab-Event-UUID': s.uuid,
      'X-Gitlab-Instance': 'https://gitlab.example.com',
    }),
    json: () => ({
      object_kind: 'push',
      event_name: 'push',
      ref: 'refs/heads/main',
      checkout_sha: 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3',
      user_username: 'jean',
      project: { id: 1042, name: 'hello', path_with_namespace: 'example/hello' },
      total_commits_count: 1,
    }),
  },
  {
    provider: 'linear',
    type: 'Issue.create',
    headers: (s) => ({ 'Linear-Delivery': s.uuid, 'Linear-Event': 'Issue' }),
    json: (s) => ({
      action: 'create',
      type: 'Issue',
      createdAt: s.iso,
      organizationId: s.uuid,
      data: { id: s.uuid, identifier: 'BEL-42', title: 'It says nothing', priority: 2 },
      url: 'https://linear.app/example/issue/BEL-42',
    }),
  },
  {
    provider: 'sentry',
    type: 'issue.created',
    headers: (s) => ({
      'Request-ID': s.uuid,
      'Sentry-Hook-Resource': 'issue',
      'Sentry-Hook-Timestamp': String(s.seconds),
    }),
    json: (s) => ({
      action: 'created',
      installation: { uuid: s.uuid },
      data: {
        issue: {
          id: String(s.number),
          title: "TypeError: Cannot read properties of undefined (reading 'id')",
          level: 'error',
          firstSeen: s.iso,
          project: { slug: 'hello' },
        },
      },
      actor: { type: 'application', id: 'sentry', name: 'Sentry' },
    }),
  },
  {
    provider: 'pagerduty',
    type: 'incident.triggered',
    headers: (s) => ({ 'X-Webhook-Id': s.uuid }),
    json: (s) => ({
      event: {
        id: s.id('01'),
        event_type: 'incident.triggered',
        resource_type: 'incident',
        occurred_at: s.iso,
        data: {
          id: 'PEXAMPLE1',
          type: 'incident',
          number: 42,
          status: 'triggered',
          title: 'Disk almost full on db-1',
          urgency: 'high',
          service: { id: 'PSERVICE1', summary: 'Database' },
        },
      },
    }),
  },
  {
    provider: 'vercel',
    type: 'deployment.succeeded',
    json: (s) => ({
      id: s.id(''),
      type: 'deployment.succeeded',
      createdAt: s.millis,
      region: 'fra1',
      payload: {
        team: { id: 'team_example' },
        project: { id: 'prj_example' },
        deployment: { id: s.id('dpl_'), name: 'hello', url: 'hello-example.vercel.app' },
        target: 'production',
      },
    }),
  },
]
