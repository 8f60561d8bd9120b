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

/**
 * Currencies whose minor unit is not a hundredth, by how many digits they have behind the point, as ISO 4217 lists them.
 * `Intl` says what people write, which differs: 0 for HUF, COP, IDR and PKR, whose amounts are stored with two.
 */
const digitsOf: ReadonlyMap<string, number> = new Map(
  [[0, 'BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'], [3, 'BHD IQD JOD KWD LYD OMR TND'], [4, 'CLF UYW']]
    .flatMap(([digits, own]) => String(own).split(' ').map((code) => [code, Number(digits)] as const)),
);

/** How many digits a currency has behind the point by ISO 4217: 2 for USD, 0 for JPY. Funds and metals, for which it lists none, have 2. */
export function fractionDigits(currency: string): number {
  return digitsOf.get(currency) ?? 2;
}

/** An amount in the major unit of its currency: 15000050 of USD is 150000.5. */
export function majorUnits(amountMinor: number, currency: string): number {
  return Number(`${amountMinor}e-${fractionDigits(currency)}`);
}
