/**
 * The codes of ISO 4217 (list one, with amendments up to January 2026), without XTS and XXX: they name no currency. A list of
 * our own, since what `Intl` knows depends on the version of ICU that Node was built with: processes would differ, and funds
 * and metals are missing there. A test compares the two and fails when a new currency arrives with a new Node.
 */
const current = `
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK
DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES
VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWG`;

/** Codes withdrawn in 2016 or later: amounts of that time are still delivered, and keep the currency in which they were agreed. */
const withdrawn = 'ANG BGN BYR CUC HRK MRO SLL STD VEF ZWL';

const codes: ReadonlySet<string> = new Set(`${current} ${withdrawn}`.trim().split(/\s+/));

/** Whether a text is an ISO 4217 code of a currency that is in use, or was in the last ten years. Three capitals. */
export function isCurrency(code: string): boolean {
  return codes.has(code);
}

/** All codes that are accepted. */
export const currencyCodes: readonly string[] = [...codes];

const digitsOf = new Map<string, number>();

/** How many digits a currency has behind the point: 2 for USD, 0 for JPY. */
export function fractionDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) digitsOf.set(currency, (digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2));
  return digits;
}

/** An amount in the major unit of its currency: 15000050 of USD is 150000.5. */
export function majorUnits(amountMinor: number, currency: string): number {
  return Number(`${amountMinor}e-${fractionDigits(currency)}`);
}
