/** E-mails proposed for one account within one UTC day, where nobody said otherwise (`EMAIL_DAILY_LIMIT_PER_ACCOUNT`). */
export const defaultEmailDailyLimit = 5;
