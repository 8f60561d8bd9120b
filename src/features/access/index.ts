export { apiKeyCreated, apiKeyRevoked, apiKeyRotated } from './access.events.ts';
export { createApiKey, keyMaker, revokeApiKey, rotateApiKey, type NewApiKey } from './api-keys.ts';
export { createAuthenticator, type Authenticate, type AuthenticatorDependencies } from './authenticate.ts';
export { createApiKeyFinder, revocationDelay } from './find-api-key.ts';
export { mintToken, type MintedToken } from './mint-token.ts';
export { requireRole, roles, type Principal, type Role } from './roles.ts';
export { masked, masking, maskRow, sees, seesAddresses, sight, type Viewer } from './sight.ts';
export { createTokenVerifier, shortestSecretBytes, type TokenOptions, type TokenVerifier } from './tokens.ts';
