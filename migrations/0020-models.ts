/** Models as the program had them before this step and has them from it on, as JSON. Frozen with the step, whatever the program's own become later. */

/** The scoring model that tenants began with, without its threshold, which the configuration states. */
export const scoringModelBefore = `{"signalTypes":[
    {"type":"demo_request","weight":45,"halfLifeHours":240},
    {"type":"stage_change","weight":40,"halfLifeHours":336},
    {"type":"meeting","weight":30,"halfLifeHours":168},
    {"type":"pricing_page_visit","weight":20,"halfLifeHours":72},
    {"type":"email_reply","weight":15,"halfLifeHours":120},
    {"type":"call","weight":12,"halfLifeHours":120},
    {"type":"content_download","weight":8,"halfLifeHours":96},
    {"type":"product_usage","weight":6,"halfLifeHours":72},
    {"type":"support_ticket","weight":4,"halfLifeHours":168},
    {"type":"website_visit","weight":3,"halfLifeHours":48},
    {"type":"note","weight":3,"halfLifeHours":168},
    {"type":"email_open","weight":1,"halfLifeHours":48}
  ],"saturation":50,"mediumShare":0.6,"icp":{"industries":[],"minEmployees":null,"regions":[],"mismatchFactor":0.7},"trend":{"windowHours":168,"tolerancePoints":5}}`;

/** The scoring model that replaces it where a tenant never published one of its own: with caps, negative types, and unknown traits as neutral. */
export const scoringModelAfter = `{"signalTypes":[
    {"type":"demo_request","weight":45,"halfLifeHours":240,"cap":null},
    {"type":"stage_change","weight":40,"halfLifeHours":336,"cap":null},
    {"type":"meeting","weight":30,"halfLifeHours":168,"cap":null},
    {"type":"pricing_page_visit","weight":20,"halfLifeHours":72,"cap":50},
    {"type":"email_reply","weight":15,"halfLifeHours":120,"cap":50},
    {"type":"call","weight":12,"halfLifeHours":120,"cap":50},
    {"type":"content_download","weight":8,"halfLifeHours":96,"cap":30},
    {"type":"product_usage","weight":6,"halfLifeHours":72,"cap":25},
    {"type":"website_visit","weight":3,"halfLifeHours":48,"cap":20},
    {"type":"note","weight":3,"halfLifeHours":168,"cap":20},
    {"type":"email_open","weight":1,"halfLifeHours":48,"cap":10},
    {"type":"opportunity_lost","weight":-60,"halfLifeHours":1440,"cap":null},
    {"type":"opt_out","weight":-40,"halfLifeHours":2160,"cap":null},
    {"type":"complaint","weight":-15,"halfLifeHours":336,"cap":60}
  ],"saturation":50,"mediumShare":0.6,"icp":{"industries":[],"minEmployees":null,"regions":[],"mismatchFactor":0.7,"unknownMismatchShare":0.5},"trend":{"windowHours":168,"tolerancePoints":5}}`;

/** The program's own health model, version 0, as it was before trends had a horizon and health a least coverage. */
export const healthModelBefore = `{"categories":[{"category":"PRODUCT_USAGE","weight":0.25,"names":["Product Usage","Usage","Adoption","Product Adoption","Engagement"]},{"category":"SUPPORT","weight":0.2,"names":["Support","Customer Support","Service","Support Quality"]},{"category":"CUSTOMER_SENTIMENT","weight":0.2,"names":["Customer Sentiment","Sentiment","Satisfaction","Customer Satisfaction"]},{"category":"BUSINESS_OUTCOMES","weight":0.2,"names":["Business Outcomes","Outcomes","Business Outcome","Value","Financial"]},{"category":"RELATIONSHIP_STRENGTH","weight":0.15,"names":["Relationship Strength","Relationship","Relationships"]}],"kpis":[
    {"names":["Weekly active users","WAU","Weekly active user rate"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":40,"healthy":70,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":null,"weight":1},
    {"names":["Daily active users","DAU","Daily active user rate"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":20,"healthy":45,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":null,"weight":1},
    {"names":["Monthly active users","MAU","Monthly active user rate"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":50,"healthy":80,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":null,"weight":1},
    {"names":["Feature adoption","Feature adoption rate"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":30,"healthy":60,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Licence utilisation","License utilization","Seat utilization","Seat utilisation"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":50,"healthy":80,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":null,"plainFrom":1,"weight":1},
    {"names":["Product activation rate","Activation rate"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":40,"healthy":70,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Onboarding completion rate","Onboarding completion"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":50,"healthy":85,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Login frequency","Logins per user and week"],"category":"PRODUCT_USAGE","direction":"HIGHER_IS_BETTER","unit":"NUMBER","critical":1,"healthy":3,"scale":null,"currency":null,"worst":0,"best":null,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Time to first value","Time to value","TTV"],"category":"PRODUCT_USAGE","direction":"LOWER_IS_BETTER","unit":"DAYS","critical":60,"healthy":30,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Days since last login"],"category":"PRODUCT_USAGE","direction":"LOWER_IS_BETTER","unit":"DAYS","critical":14,"healthy":3,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["First response time","FRT"],"category":"SUPPORT","direction":"LOWER_IS_BETTER","unit":"HOURS","critical":24,"healthy":4,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Mean time to resolution","Mean time to resolution (MTTR)","MTTR","Resolution time"],"category":"SUPPORT","direction":"LOWER_IS_BETTER","unit":"HOURS","critical":72,"healthy":24,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["First contact resolution","First contact resolution (FCR)","FCR"],"category":"SUPPORT","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":50,"healthy":75,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Service level compliance","SLA compliance","Service level agreement compliance"],"category":"SUPPORT","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":85,"healthy":95,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Case deflection rate","Deflection rate"],"category":"SUPPORT","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":10,"healthy":30,"scale":null,"currency":null,"worst":0,"best":null,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Open tickets","Ticket backlog"],"category":"SUPPORT","direction":"LOWER_IS_BETTER","unit":"NUMBER","critical":20,"healthy":5,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Escalations","Escalated tickets"],"category":"SUPPORT","direction":"LOWER_IS_BETTER","unit":"NUMBER","critical":3,"healthy":1,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Error rate","Error rates"],"category":"SUPPORT","direction":"LOWER_IS_BETTER","unit":"PERCENT","critical":5,"healthy":1,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Uptime","Availability"],"category":"SUPPORT","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":99,"healthy":99.9,"scale":null,"currency":null,"worst":95,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Net promoter score","Net promoter score (NPS)","NPS"],"category":"CUSTOMER_SENTIMENT","direction":"HIGHER_IS_BETTER","unit":"NUMBER","critical":0,"healthy":30,"scale":null,"currency":null,"worst":-100,"best":70,"least":-100,"most":100,"plainFrom":null,"weight":1},
    {"names":["Customer satisfaction","Customer satisfaction (CSAT)","CSAT","Customer satisfaction score"],"category":"CUSTOMER_SENTIMENT","direction":"HIGHER_IS_BETTER","unit":"RATING","critical":3,"healthy":4,"scale":5,"currency":null,"worst":1,"best":5,"least":null,"most":null,"plainFrom":null,"weight":1},
    {"names":["Customer satisfaction","Customer satisfaction (CSAT)","CSAT","Customer satisfaction score"],"category":"CUSTOMER_SENTIMENT","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":70,"healthy":80,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":null,"weight":1},
    {"names":["Customer effort score","Customer effort score (CES)","CES"],"category":"CUSTOMER_SENTIMENT","direction":"LOWER_IS_BETTER","unit":"RATING","critical":5,"healthy":3,"scale":7,"currency":null,"worst":7,"best":1,"least":null,"most":null,"plainFrom":null,"weight":1},
    {"names":["Customer complaints","Complaints"],"category":"CUSTOMER_SENTIMENT","direction":"LOWER_IS_BETTER","unit":"NUMBER","critical":5,"healthy":2,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Survey response rate"],"category":"CUSTOMER_SENTIMENT","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":10,"healthy":30,"scale":null,"currency":null,"worst":0,"best":null,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Net revenue retention","Net revenue retention (NRR)","NRR"],"category":"BUSINESS_OUTCOMES","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":90,"healthy":105,"scale":null,"currency":null,"worst":60,"best":130,"least":0,"most":null,"plainFrom":20,"weight":1},
    {"names":["Gross revenue retention","Gross revenue retention (GRR)","GRR"],"category":"BUSINESS_OUTCOMES","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":80,"healthy":92,"scale":null,"currency":null,"worst":50,"best":100,"least":0,"most":100,"plainFrom":20,"weight":1},
    {"names":["Renewal rate"],"category":"BUSINESS_OUTCOMES","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":75,"healthy":90,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Churn rate"],"category":"BUSINESS_OUTCOMES","direction":"LOWER_IS_BETTER","unit":"PERCENT","critical":10,"healthy":5,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Customer ROI","Return on investment","ROI"],"category":"BUSINESS_OUTCOMES","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":50,"healthy":150,"scale":null,"currency":null,"worst":0,"best":300,"least":null,"most":null,"plainFrom":null,"weight":1},
    {"names":["Goal attainment","Success plan progress"],"category":"BUSINESS_OUTCOMES","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":40,"healthy":75,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":null,"plainFrom":1,"weight":1},
    {"names":["Expansion revenue","Upsell revenue"],"category":"BUSINESS_OUTCOMES","direction":"HIGHER_IS_BETTER","unit":"MONEY","critical":1000,"healthy":10000,"scale":null,"currency":"USD","worst":0,"best":null,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Executive engagement","Executive meetings per quarter"],"category":"RELATIONSHIP_STRENGTH","direction":"HIGHER_IS_BETTER","unit":"NUMBER","critical":1,"healthy":2,"scale":null,"currency":null,"worst":0,"best":4,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Stakeholder engagement","Stakeholder alignment"],"category":"RELATIONSHIP_STRENGTH","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":40,"healthy":70,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Relationship strength","Relationship strength score"],"category":"RELATIONSHIP_STRENGTH","direction":"HIGHER_IS_BETTER","unit":"RATING","critical":2.5,"healthy":4,"scale":5,"currency":null,"worst":1,"best":5,"least":null,"most":null,"plainFrom":null,"weight":1},
    {"names":["QBR attendance","Business review attendance"],"category":"RELATIONSHIP_STRENGTH","direction":"HIGHER_IS_BETTER","unit":"PERCENT","critical":50,"healthy":80,"scale":null,"currency":null,"worst":0,"best":100,"least":0,"most":100,"plainFrom":1,"weight":1},
    {"names":["Days since last contact"],"category":"RELATIONSHIP_STRENGTH","direction":"LOWER_IS_BETTER","unit":"DAYS","critical":45,"healthy":14,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1},
    {"names":["Invoice payment delay","Invoice payment delays","Payment delay"],"category":"RELATIONSHIP_STRENGTH","direction":"LOWER_IS_BETTER","unit":"DAYS","critical":30,"healthy":7,"scale":null,"currency":null,"worst":null,"best":0,"least":0,"most":null,"plainFrom":null,"weight":1}
  ]}`;
