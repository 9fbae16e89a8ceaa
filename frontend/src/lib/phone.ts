/** "+8613800138000" of what a person types; a number without a country is a mainland mobile. */
export function toE164(typed: string): string {
  const digits = typed.replace(/[\s()-]/g, "");
  return digits.startsWith("+") ? digits : `+86${digits.replace(/^(0086|86(?=1\d{10}$))/, "")}`;
}

/** "138****8000": enough to recognise one's own number. */
export function maskPhone(phone: string): string {
  const local = phone.replace(/^\+86/, "");
  return local.length < 8 ? local : `${local.slice(0, 3)}****${local.slice(-4)}`;
}
