"""The national cardinality of every element of GetCarePlans 2.0, and two messages that contain them all.

Written by hand from the national facts, so that a slip in our schema cannot hide in its own text.
"""

from care_plans_messages import (
    APPROVED,
    LOG,
    NULLIFIED,
    REQUEST,
    RESPONSE,
    RESULT_CODE,
    VALUE,
)

FULL_REQUEST = REQUEST
FULL_RESPONSE = (
    RESPONSE.replace(APPROVED, APPROVED + NULLIFIED)
    .replace("<c:mediaType>", "<c:id>del-a</c:id><c:mediaType>")
    .replace(VALUE, VALUE + "<c:reference>https://example.org/plan/17</c:reference>")
    .replace("<c:code>201011</c:code>", "<c:code>x-1</c:code>")
    .replace(
        "<c:displayName>Befattning</c:displayName>",
        "<c:codeSystemName>KV Befattning</c:codeSystemName><c:codeSystemVersion>mars</c:codeSystemVersion>"
        "<c:displayName>Befattning</c:displayName><c:originalText>fysioterapeut</c:originalText>",
    )
    .replace(RESULT_CODE, RESULT_CODE + "<c:errorCode>INVALID_REQUEST</c:errorCode>")
    .replace(LOG, LOG + "<c:subCode>inget</c:subCode><c:message>Två planer kunde inte läsas.</c:message>")
)

REQUEST_CARDINALITIES = {
    "careUnitHSAId": "0..*",
    "patientId": "1..1",
    "patientId/id": "1..1",
    "patientId/type": "1..1",
    "datePeriod": "0..1",
    "datePeriod/start": "1..1",
    "datePeriod/end": "1..1",
    "sourceSystemHSAId": "0..1",
    "careContactId": "0..*",
}

HEADER = "carePlan/carePlanHeader"
PROFESSIONAL = f"{HEADER}/accountableHealthcareProfessional"
ROLE = f"{PROFESSIONAL}/healthcareProfessionalRoleCode"
UNIT = f"{PROFESSIONAL}/healthcareProfessionalOrgUnit"
BODY = "carePlan/carePlanBody"

RESPONSE_CARDINALITIES = {
    "carePlan": "0..*",
    HEADER: "1..1",
    f"{HEADER}/documentId": "1..1",
    f"{HEADER}/sourceSystemHSAId": "1..1",
    f"{HEADER}/documentTitle": "0..1",
    f"{HEADER}/documentTime": "0..1",
    f"{HEADER}/patientId": "1..1",
    f"{HEADER}/patientId/id": "1..1",
    f"{HEADER}/patientId/type": "1..1",
    PROFESSIONAL: "1..1",
    f"{PROFESSIONAL}/authorTime": "1..1",
    f"{PROFESSIONAL}/healthcareProfessionalHSAId": "0..1",
    f"{PROFESSIONAL}/healthcareProfessionalName": "0..1",
    ROLE: "0..1",
    f"{ROLE}/code": "0..1",
    f"{ROLE}/codeSystem": "0..1",
    f"{ROLE}/codeSystemName": "0..1",
    f"{ROLE}/codeSystemVersion": "0..1",
    f"{ROLE}/displayName": "0..1",
    f"{ROLE}/originalText": "0..1",
    UNIT: "0..1",
    f"{UNIT}/orgUnitHSAId": "0..1",
    f"{UNIT}/orgUnitName": "0..1",
    f"{UNIT}/orgUnitTelecom": "0..1",
    f"{UNIT}/orgUnitEmail": "0..1",
    f"{UNIT}/orgUnitAddress": "0..1",
    f"{UNIT}/orgUnitLocation": "0..1",
    f"{PROFESSIONAL}/healthcareProfessionalCareUnitHSAId": "0..1",
    f"{PROFESSIONAL}/healthcareProfessionalCareGiverHSAId": "0..1",
    f"{HEADER}/legalAuthenticator": "0..1",
    f"{HEADER}/legalAuthenticator/signatureTime": "1..1",
    f"{HEADER}/legalAuthenticator/legalAuthenticatorHSAId": "0..1",
    f"{HEADER}/legalAuthenticator/legalAuthenticatorName": "0..1",
    f"{HEADER}/approvedForPatient": "1..1",
    f"{HEADER}/nullified": "0..1",
    f"{HEADER}/nullifiedReason": "0..1",
    f"{HEADER}/careContactId": "0..1",
    BODY: "1..1",
    f"{BODY}/content": "0..*",
    f"{BODY}/content/id": "0..1",
    f"{BODY}/content/mediaType": "1..1",
    f"{BODY}/content/value": "0..1",
    f"{BODY}/content/reference": "0..1",
    f"{BODY}/participatingCareUnitHSAId": "0..*",
    f"{BODY}/participatingCareUnitHSAId/root": "1..1",
    f"{BODY}/participatingCareUnitHSAId/extension": "0..1",
    f"{BODY}/typeOfCarePlanEnum": "0..1",
    "result": "1..1",
    "result/resultCode": "1..1",
    "result/errorCode": "0..1",
    "result/logId": "1..1",
    "result/subCode": "0..1",
    "result/message": "0..1",
}

# The only two places where the national schema has no xs:any.
NO_ROOM_FOR_EXTENSIONS = {HEADER, "result"}
