// Every provider, for the server and for tools. A receiver imports the few that it needs.
import type { Preset } from '../verification/preset.ts'
import { adyen } from './adyen.ts'
import { asana } from './asana.ts'
import { assemblyai } from './assemblyai.ts'
import { auth0 } from './auth0.ts'
import { awsSns } from './aws-sns.ts'
import { azureEventGrid } from './azure-event-grid.ts'
import { bird } from './bird.ts'
import { bitbucket } from './bitbucket.ts'
import { box } from './box.ts'
import { brex } from './brex.ts'
import { buildkite } from './buildkite.ts'
import { calCom } from './cal-com.ts'
import { calendly } from './calendly.ts'
import { chargebee } from './chargebee.ts'
import { circleci } from './circleci.ts'
import { clerk } from './clerk.ts'
import { cloudevents } from './cloudevents.ts'
import { contentful } from './contentful.ts'
import { customerio } from './customerio.ts'
import { deepgram } from './deepgram.ts'
import { discord } from './discord.ts'
import { docusign } from './docusign.ts'
import { dodo } from './dodo.ts'
import { dropbox } from './dropbox.ts'
import { elevenlabs } from './elevenlabs.ts'
import { fusionauth } from './fusionauth.ts'
import { generic } from './generic.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { hookdeck } from './hookdeck.ts'
import { hubspot } from './hubspot.ts'
import { huggingface } from './huggingface.ts'
import { intercom } from './intercom.ts'
import { jira } from './jira.ts'
import { lemonsqueezy } from './lemonsqueezy.ts'
import { line } from './line.ts'
import { linear } from './linear.ts'
import { livekit } from './livekit.ts'
import { loops } from './loops.ts'
import { mailgun } from './mailgun.ts'
import { mandrill } from './mandrill.ts'
import { meta } from './meta.ts'
import { microsoftGraph } from './microsoft-graph.ts'
import { microsoftTeams } from './microsoft-teams.ts'
import { modernTreasury } from './modern-treasury.ts'
import { notion } from './notion.ts'
import { okta } from './okta.ts'
import { openai } from './openai.ts'
import { paddle } from './paddle.ts'
import { pagerduty } from './pagerduty.ts'
import { pandadoc } from './pandadoc.ts'
import { paypal } from './paypal.ts'
import { pipedrive } from './pipedrive.ts'
import { plaid } from './plaid.ts'
import { polar } from './polar.ts'
import { postmark } from './postmark.ts'
import { razorpay } from './razorpay.ts'
import { recallAi } from './recall-ai.ts'
import { render } from './render.ts'
import { replicate } from './replicate.ts'
import { resend } from './resend.ts'
import { retell } from './retell.ts'
import { sendgrid } from './sendgrid.ts'
import { sentry } from './sentry.ts'
import { shopify } from './shopify.ts'
import { slack } from './slack.ts'
import { square } from './square.ts'
import { standardWebhooks } from './standard-webhooks.ts'
import { stripe } from './stripe.ts'
import { supabase } from './supabase.ts'
import { telegram } from './telegram.ts'
import { telnyx } from './telnyx.ts'
import { trello } from './trello.ts'
import { twilio } from './twilio.ts'
import { twitch } from './twitch.ts'
import { typeform } from './typeform.ts'
import { vapi } from './vapi.ts'
import { vercel } from './vercel.ts'
import { vonage } from './vonage.ts'
import { webflow } from './webflow.ts'
import { wise } from './wise.ts'
import { woocommerce } from './woocommerce.ts'
import { workos } from './workos.ts'
import { xTwitter } from './x-twitter.ts'
import { xero } from './xero.ts'
import { zendesk } from './zendesk.ts'
import { zoom } from './zoom.ts'

const all: Preset[] = [
  standardWebhooks,
  openai,
  clerk,
  resend,
  replicate,
  brex,
  recallAi,
  render,
  loops,
  dodo,
  polar,
  gitlab,
  stripe,
  github,
  bitbucket,
  jira,
  meta,
  intercom,
  shopify,
  woocommerce,
  slack,
  zoom,
  linear,
  dropbox,
  notion,
  typeform,
  zendesk,
  calendly,
  docusign,
  workos,
  vercel,
  pagerduty,
  elevenlabs,
  retell,
  webflow,
  customerio,
  box,
  square,
  trello,
  paddle,
  hubspot,
  asana,
  xTwitter,
  twitch,
  xero,
  line,
  lemonsqueezy,
  modernTreasury,
  razorpay,
  sentry,
  calCom,
  vapi,
  buildkite,
  circleci,
  pandadoc,
  hookdeck,
  adyen,
  microsoftTeams,
  generic,
  discord,
  telnyx,
  sendgrid,
  wise,
  telegram,
  huggingface,
  microsoftGraph,
  postmark,
  chargebee,
  pipedrive,
  cloudevents,
  auth0,
  okta,
  supabase,
  assemblyai,
  deepgram,
  azureEventGrid,
  twilio,
  mandrill,
  paypal,
  awsSns,
  mailgun,
  contentful,
  plaid,
  livekit,
  fusionauth,
  vonage,
  bird,
]

export const presets: Readonly<Record<string, Preset>> = Object.fromEntries(
  all.map((preset) => [preset.name, preset]),
)

export function presetOf(name: string): Preset | null {
  return Object.hasOwn(presets, name) ? presets[name]! : null
}
