/** Turns allauth's JSON options into what the browser wants, and the browser's answer back into JSON. */
type Options = Record<string, unknown>;

export function isWebAuthnSupported(): boolean {
  return typeof window.PublicKeyCredential === "function";
}

function toBytes(text: string): ArrayBuffer {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

function toText(bytes: ArrayBuffer | null): string | undefined {
  if (!bytes) return undefined;
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function withBytes(descriptors: unknown): PublicKeyCredentialDescriptor[] {
  return ((descriptors as Options[] | undefined) ?? []).map(
    (descriptor) => ({ ...descriptor, id: toBytes(descriptor.id as string) }) as PublicKeyCredentialDescriptor,
  );
}

export async function createCredential(options: { publicKey: Options }): Promise<Options> {
  const { publicKey } = options;
  const user = publicKey.user as Options;
  const credential = (await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge as string),
      user: { ...user, id: toBytes(user.id as string) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
    } as PublicKeyCredentialCreationOptions,
  })) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    ...describe(credential),
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      attestationObject: toText(response.attestationObject),
      transports: response.getTransports(),
    },
  };
}

export async function useCredential(options: { publicKey: Options }): Promise<Options> {
  const { publicKey } = options;
  const credential = (await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge as string),
      allowCredentials: withBytes(publicKey.allowCredentials),
    } as PublicKeyCredentialRequestOptions,
  })) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    ...describe(credential),
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: toText(response.userHandle),
    },
  };
}

function describe(credential: PublicKeyCredential): Options {
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}
