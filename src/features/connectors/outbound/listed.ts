/** An answer that must hold a list: of another shape it is a fault of this call, not of what reads it. */
export function listed<Answer extends { readonly results: readonly unknown[] }>(answer: Answer): Answer {
  const given: unknown = answer;
  if (given === null || typeof given !== 'object' || !('results' in given) || !Array.isArray(given.results)) throw new TypeError('the answer holds no list of results');
  return answer;
}
