/** Whether the window is a phone's: panes then lie over each other (the same width stands in graphiql.css). */
export function isNarrow(): boolean {
  return window.matchMedia('(max-width: 760px)').matches;
}
