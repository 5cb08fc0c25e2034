/** Takes one from the budget of a name; made in app.ts. */
export type TakeOne = (name: string) => { taken: boolean; nextInSeconds: number }
