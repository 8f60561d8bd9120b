import { Field, Float, ObjectType } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { Tampering } from './tampering.ts';

/** A signed place of the chain. */
@ObjectType('AuditAnchor', { simpleResolvers: true, description: 'A signed place of the audit chain: up to there it had this hash.' })
export class AuditAnchor {
  @Field(() => Float, { description: 'The event up to which it is signed; an integer.' })
  sequence!: number;

  @Shows('AUDIT')
  @Field(() => String, { description: 'The hash of that event, hex.' })
  hash!: string;

  @Field(() => DateTime, { description: 'When it was signed.' })
  anchoredAt!: string;

  @Shows('AUDIT')
  @Field(() => String, { description: 'Which key signed it; `GET /.well-known/signing-keys` has it.' })
  keyId!: string;

  @Shows('AUDIT')
  @Field(() => String, { description: 'Ed25519, base64url; the event `audit.anchored` says over which text.' })
  signature!: string;
}

/** A restore of a backup that was accepted. */
@ObjectType('AuditAcceptedRestore', { simpleResolvers: true, description: 'A restored backup that was accepted: an operator confirmed that the end of the former chain is lost.' })
export class AuditAcceptedRestore {
  @Shows('AUDIT')
  @Field(() => String, { description: 'SHA-256 of the content of the backup, hex.' })
  backupDigest!: string;

  @Field(() => DateTime, { description: 'When the backup was made.' })
  backupMadeAt!: string;

  @Field(() => DateTime, { description: 'When the backup was restored.' })
  restoredAt!: string;

  @Field(() => Float, { description: 'The last event in the backup; an integer. The chain goes on behind it.' })
  sequence!: number;

  @Field(() => Float, { nullable: true, description: 'The first event known to be lost; an integer. Null when none is known to be.' })
  lostFrom!: number | null;

  @Field(() => Float, { nullable: true, description: 'The last event known to be lost, from anchors and from the chain that was replaced; an integer. Null when none is known to be.' })
  lostTo!: number | null;

  @Shows('AUDIT')
  @Field(() => String, { description: 'The id of who accepted the restore, as it was given.' })
  acceptedBy!: string;

  @Field(() => DateTime, { description: 'When it was accepted.' })
  acceptedAt!: string;
}

/** What verifying the chain came to. */
@ObjectType('AuditVerification', { simpleResolvers: true, description: 'What verifying the tenant\'s audit chain came to.' })
export class AuditVerification {
  @Field(() => Boolean, { description: 'Whether nothing was found to be wrong in what was checked.' })
  intact!: boolean;

  @Field(() => Boolean, { description: 'Whether the check came to the end of the chain. If not, ask again with `after: lastSequence`.' })
  complete!: boolean;

  @Field(() => Float, { description: 'How many events were checked; an integer.' })
  checked!: number;

  @Field(() => Float, { description: 'The last event that joins all before it; an integer, 0 when there is none.' })
  lastSequence!: number;

  @Field(() => Float, { nullable: true, description: 'The first event that can no longer be relied on; null when all is intact.' })
  firstBadSequence!: number | null;

  @Field(() => Tampering, { nullable: true, description: 'How the chain was tampered with; null when all is intact.' })
  tampering!: string | null;

  @Shows('AUDIT')
  @Field(() => String, { nullable: true, description: 'The finding in words; null when all is intact.' })
  detail!: string | null;

  @Field(() => Float, { description: 'The end of the chain as its head has it; 0 when there is none.' })
  headSequence!: number;

  @Shows('AUDIT')
  @Field(() => String, { nullable: true, description: 'The hash at the end of the chain as its head has it, hex; null when nothing was ever recorded.' })
  headHash!: string | null;

  @Field(() => Float, { description: 'How many anchors agreed with what was checked; an integer.' })
  anchors!: number;

  @Field(() => Float, { nullable: true, description: 'How many anchors of this chain are known from the bus, which it was held against, too; an integer. Null: the bus could not be asked, and the chain was held against its own anchors alone.' })
  anchorsOnBus!: number | null;

  @Field(() => AuditAnchor, { nullable: true, description: 'The last anchor that agreed; null when there is none. What came after it is not signed yet.' })
  lastAnchor!: AuditAnchor | null;

  @Field(() => [AuditAcceptedRestore], { description: 'Accepted restores of backups, the oldest first. Missing events that they name do not count as tampering.' })
  acceptedRestores!: readonly AuditAcceptedRestore[];

  @Field(() => DateTime, { description: 'When it was checked.' })
  verifiedAt!: string;
}
