import { openApiText } from '../app.ts'

export function printOpenApi(): void {
  process.stdout.write(openApiText())
}
