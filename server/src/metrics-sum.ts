// The figures of several processes as those of one: counters and histograms are added, gauges as each
// one says. What a process that is gone had counted stays in the sum, or a scraper would take it for a
// restart of all of them.
import { type MetricObjectWithValues, type MetricValue, Registry } from '@prometheus-io/client'

export type Figures = MetricObjectWithValues<MetricValue<string>>[]

export async function figuresOf(registry: Registry): Promise<Figures> {
  const figures = await registry.getMetricsAsJSON()
  return figures.map((metric) =>
    // An average over processes hides the one that is blocked.
    metric.aggregator === 'average' ? { ...metric, aggregator: 'max' } : metric,
  )
}

export function createSum() {
  const last = new Map<number, Figures>()
  let gone: Figures = []

  return {
    /** What this process says now. */
    note: (id: number, figures: Figures) => void last.set(id, figures),
    /** It has ended. What it counted since it was last asked is lost. */
    async ended(id: number) {
      const counted = countersOf(last.get(id))
      last.delete(id)
      gone = await Registry.aggregate([gone, counted]).getMetricsAsJSON()
    },
    /** Of those that are `silent` only what they had counted when they last spoke. */
    text(silent: ReadonlySet<number>): Promise<string> {
      const figures = [...last].map(([id, of]) => (silent.has(id) ? countersOf(of) : of))
      // What is alive comes first: the help and the aggregator are taken from it.
      return Registry.aggregate([...figures, gone]).metrics()
    },
  }
}

const countersOf = (figures: Figures = []) =>
  figures.filter(({ type }) => type === 'counter' || type === 'histogram')
