import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { assetById, assetsOfProfile } from './profile-asset.queries.ts';
import { ProfileAsset, ProfileAssetConnection, ProfileAssetFilter, ProfileAssetInput, ProfileAssetOrder, SaveProfileAssetResult, type ProfileAssetRow } from './profile-asset.type.ts';
import { mayUpdateProfiles, readsPersonalData } from './profile.policy.ts';
import { Profile, profileOf, type ProfileRow } from './profile.type.ts';
import { saveProfileAsset } from './save-profile-asset.ts';
import { selectNamedProfile } from './select-profile.ts';

/** The documents of a profile. */
@Resolver(() => Profile)
export class AssetsOfProfileResolver {
  @FieldResolver(() => ProfileAssetConnection, { description: 'The profile\'s documents, the latest first.' })
  assets(
    @Root() profile: ProfileRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ProfileAssetFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ProfileAssetFilter | null,
    @Arg('orderBy', () => ProfileAssetOrder, { nullable: true, description: 'In which order.' }) orderBy?: ProfileAssetOrder | null,
  ): Promise<Page<ProfileAssetRow>> {
    return assetsOfProfile.page(call, profile.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, profile.asOf);
  }
}

/** A document: its name and its text for those who may see them. */
@Resolver(() => ProfileAsset)
export class ProfileAssetResolver {
  @Shows('PROFILE_VALUE')
  @FieldResolver(() => String, { nullable: true, description: 'What it is called: `id_card`. Null where it is masked from the caller (viewers are shown the kind alone), and once the person it was about was erased.' })
  name(@Root() asset: ProfileAssetRow, @Ctx() call: Call): string | null {
    return readsPersonalData(call) ? call.seal.open(asset.wrappedKey, asset.nameSealed) : null;
  }

  @Shows('PROFILE_VALUE')
  @FieldResolver(() => String, { nullable: true, description: 'Its text, as it came from outside. Null where it is masked from the caller (viewers are not shown it), and once the person it was about was erased.' })
  text(@Root() asset: ProfileAssetRow, @Ctx() call: Call): string | null {
    return readsPersonalData(call) ? call.seal.open(asset.wrappedKey, asset.textSealed) : null;
  }

  @FieldResolver(() => Profile, { description: 'The profile it belongs to.' })
  profile(@Root() asset: ProfileAssetRow): ProfileRow {
    return profileOf(asset.accountId, asset.asOf);
  }

  @Mutation(() => SaveProfileAssetResult as never, { description: 'Puts a document into a profile. For agents, analysts and administrators.' })
  saveProfileAsset(@Ctx() call: Call, @Arg('input', () => ProfileAssetInput, { description: 'The document.' }) input: ProfileAssetInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayUpdateProfiles, 'put documents into profiles');
      const id = await call.transact(async (work) => saveProfileAsset(work, call.seal, { ...input, accountId: await selectNamedProfile(work, work.tenantId, input, ['input']) }));
      const asset = await ask(call, assetById, null, id);
      if (!asset) throw new Error('the document that was just stored is not there');
      return asset;
    });
  }
}
