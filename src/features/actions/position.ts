/** Words of positions; a title may hold anything else besides: a name, a number to call. */
const known = new Set(
  `account accounting acquisition administrator ai analyst analytics and application applications architect architecture assistant associate board brand business buyer buying ceo cfo champion
  chief cio ciso cloud cmo co-founder compliance consultant controller coo corporate counsel cpo cro cto customer data database decision delivery demand deputy design designer desktop developer
  development devops digital director ecommerce economic end engineer engineering enterprise evaluator evp executive expert finance financial founder for general global growth head hr human
  influencer information infrastructure innovation integration intelligence it junior learning lead leader legal logistics machine maker management manager managing manufacturing marketing
  mobile network of officer operating operations owner partner partnerships people platform president principal privacy procurement product production program project purchasing quality regional
  relations research resources revenue risk sales scientist security senior service services site software solutions sourcing specialist sponsor staff strategic strategy success supply chain support
  system systems talent team technical technology test testing transformation user ux vice vp web`.split(/\s+/u),
);
const mostWords = 8;

/** What of a title or a part played is a position: `CTO`, `Head of Data`; null where nothing is. */
export function positionIn(text: string | null): string | null {
  const words = (text ?? '').split(/[^\p{L}-]+/u).filter((word) => known.has(word.toLowerCase()));
  return words.length === 0 ? null : words.slice(0, mostWords).join(' ');
}
