/** E-mails for one account within one UTC day, where the configuration (`EMAIL_DAILY_LIMIT_PER_ACCOUNT`) says nothing else. */
export const defaultEmailDailyLimit = 5;
