import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import { requireRole } from '../access/index.ts';
import { eraseSubject, PreviewOutdated } from './erase-subject.ts';
import { mayErase } from './erasure.policy.ts';
import { ErasePreviewArgs, PreviewArgs, SubjectArgs } from './erasure-args.ts';
import { ErasurePreviewType, ErasureReceiptConnection, ErasureReceiptOrder, EraseSubjectResult, ExportSubjectResult, type ErasureReceiptRow } from './erasure.type.ts';
import { exportSubject } from './export-subject.ts';
import { previewErasure, type ErasurePreview } from './preview-erasure.ts';
import { listReceipts, receiptById } from './receipt.queries.ts';
import { ErasureRequest, mostRequests, openErasureRequests } from './request-erasure.ts';

/** What erasure adds to the graph, over all places that hold personal data. */
export function erasureResolvers(places: readonly PersonalPlace[]): (new () => object)[] {
  @Resolver()
  class ErasureResolver {
    @Query(() => ErasurePreviewType, { description: 'What erasing a person would do; changes nothing. For privacy officers and administrators.' })
    async erasurePreview(@Ctx() call: Call, @Args(() => PreviewArgs) args: PreviewArgs): Promise<ErasurePreview> {
      requireRole(call, mayErase, 'preview erasures');
      const { digest, emails, keptWords, items, staying, notSearched } = await previewErasure({ sql: call.read, tenantId: call.tenantId, now: call.clock.now().toISOString(), seal: call.seal }, places, args);
      return { digest, emails, keptWords, items, staying, notSearched };
    }

    @Query(() => ErasureReceiptConnection, { description: 'The receipts of erasures, the latest first. For privacy officers and administrators.' })
    erasureReceipts(
      @Ctx() call: Call,
      @Args(() => PageArgs) page: PageArgs,
      @Arg('orderBy', () => ErasureReceiptOrder, { nullable: true, description: 'In which order.' }) orderBy?: ErasureReceiptOrder | null,
    ): Promise<Page<ErasureReceiptRow>> {
      requireRole(call, mayErase, 'list receipts of erasures');
      return listReceipts(call, { ...page, orderBy: orderBy ?? null });
    }

    @Query(() => [ErasureRequest], { description: `Requests of sources to erase contacts of whom something is still held, the oldest first, at most ${mostRequests}. For privacy officers and administrators.` })
    erasureRequests(@Ctx() call: Call): Promise<ErasureRequest[]> {
      requireRole(call, mayErase, 'list requests for erasure');
      return openErasureRequests(call);
    }

    @Mutation(() => EraseSubjectResult as never, { description: 'Erases a person for good: their consents are revoked, texts lose their name, and the keys of their data are destroyed. Only what a preview showed. For privacy officers and administrators.' })
    eraseSubject(@Ctx() call: Call, @Args(() => ErasePreviewArgs) args: ErasePreviewArgs): Promise<object> {
      return typedResult(async () => {
        requireRole(call, mayErase, 'erase people');
        try {
          const id = await call.transact((work) => eraseSubject(work, { seal: call.seal, signer: call.signer, places }, args));
          const receipt = await ask(call, receiptById, null, id);
          if (!receipt) throw new Error('the receipt that was just signed is not there');
          return receipt;
        } catch (error) {
          if (!(error instanceof PreviewOutdated)) throw error;
          const { message, code, inputPath, preview } = error;
          return { __typename: 'ErasurePreviewOutdated', message, code, path: [...inputPath], preview };
        }
      });
    }

    @Mutation(() => ExportSubjectResult as never, { description: 'Hands out everything held on a person, and records that it was. For privacy officers and administrators.' })
    exportSubject(@Ctx() call: Call, @Args(() => SubjectArgs) args: SubjectArgs): Promise<object> {
      return typedResult(async () => {
        requireRole(call, mayErase, 'export what is held on people');
        return { __typename: 'SubjectExport', ...(await call.transact((work) => exportSubject(work, call.seal, places, args))) };
      });
    }
  }
  return [ErasureResolver];
}
