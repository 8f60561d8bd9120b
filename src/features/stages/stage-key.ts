/** The form in which stage names are compared: without case and blanks, so that `Closed Won` and HubSpot's `closedwon` are one stage. SQL: `stage_key`. */
export function stageKey(stage: string): string {
  // Code point by code point, as PostgreSQL does it: no letter becomes two, and no letter depends on its neighbours.
  return [...stage.normalize('NFKC')].map(lower).join('').replaceAll(/\s+/g, '');
}

function lower(letter: string): string {
  const small = [...letter.toLowerCase()];
  return small[0] ?? letter;
}
