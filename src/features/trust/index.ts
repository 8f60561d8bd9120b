export { channelOrigin, decideOrigin, originDescription, type OriginEvidence } from './decide-origin.ts';
export { isBelow, lowestOrigin, OriginClass, originClasses, originOfRank, rankOf } from './origin-class.ts';
export { textOfDocument, textOfField, textOfRecord } from './text-kinds.ts';
