"""A full GetCarePlans question and answer, and the parts of them that a test takes away or repeats."""

NAMESPACES = (
    'xmlns:svc="urn:riv:clinicalprocess:logistics:logistics:GetCarePlansResponder:2"'
    ' xmlns:c="urn:riv:clinicalprocess:logistics:logistics:3" xmlns:x="urn:example:extension:1"'
)

REQUEST = f"""
<svc:GetCarePlans {NAMESPACES}>
  <svc:careUnitHSAId>SE2321000065-1A2B</svc:careUnitHSAId>
  <svc:patientId><c:id>191212121212</c:id><c:type>1.2.752.129.2.1.3.1</c:type></svc:patientId>
  <svc:datePeriod><c:start>20260101</c:start><c:end>20261231</c:end></svc:datePeriod>
  <svc:sourceSystemHSAId>SE2321000065-RIVTA07</svc:sourceSystemHSAId>
  <svc:careContactId>vk-1</svc:careContactId>
</svc:GetCarePlans>
"""

RESPONSE = f"""
<svc:GetCarePlansResponse {NAMESPACES}>
  <svc:carePlan>
    <c:carePlanHeader>
      <c:documentId>plan-17</c:documentId>
      <c:sourceSystemHSAId>SE2321000065-RIVTA07</c:sourceSystemHSAId>
      <c:documentTitle>Rehabiliteringsplan efter höftoperation</c:documentTitle>
      <c:documentTime>20260302101500</c:documentTime>
      <c:patientId><c:id>191212121212</c:id><c:type>1.2.752.129.2.1.3.1</c:type></c:patientId>
      <c:accountableHealthcareProfessional>
        <c:authorTime>20260302100000</c:authorTime>
        <c:healthcareProfessionalHSAId>SE2321000065-9Z8Y</c:healthcareProfessionalHSAId>
        <c:healthcareProfessionalName>Åsa Öberg</c:healthcareProfessionalName>
        <c:healthcareProfessionalRoleCode>
          <c:code>201011</c:code><c:codeSystem>1.2.752.129.2.2.1.4</c:codeSystem><c:displayName>Befattning</c:displayName>
        </c:healthcareProfessionalRoleCode>
        <c:healthcareProfessionalOrgUnit>
          <c:orgUnitHSAId>SE2321000065-1A2B</c:orgUnitHSAId>
          <c:orgUnitName>Rehab Teleborg</c:orgUnitName>
          <c:orgUnitTelecom>0470-58 00 00</c:orgUnitTelecom>
          <c:orgUnitEmail>rehab@example.org</c:orgUnitEmail>
          <c:orgUnitAddress>Storgatan 1, 352 46 Växjö</c:orgUnitAddress>
          <c:orgUnitLocation>Växjö</c:orgUnitLocation>
        </c:healthcareProfessionalOrgUnit>
        <c:healthcareProfessionalCareUnitHSAId>SE2321000065-1A2B</c:healthcareProfessionalCareUnitHSAId>
        <c:healthcareProfessionalCareGiverHSAId>SE2321000065-VG01</c:healthcareProfessionalCareGiverHSAId>
      </c:accountableHealthcareProfessional>
      <c:legalAuthenticator>
        <c:signatureTime>20260303080000</c:signatureTime>
        <c:legalAuthenticatorHSAId>SE2321000065-9Z8Y</c:legalAuthenticatorHSAId>
        <c:legalAuthenticatorName>Åsa Öberg</c:legalAuthenticatorName>
      </c:legalAuthenticator>
      <c:approvedForPatient>true</c:approvedForPatient>
      <c:careContactId>vk-1</c:careContactId>
    </c:carePlanHeader>
    <c:carePlanBody>
      <c:content><c:mediaType>text/plain</c:mediaType><c:value>R8OlIHZhcmplIGRhZw==</c:value></c:content>
      <c:participatingCareUnitHSAId>
        <c:root>1.2.752.129.2.1.4.1</c:root><c:extension>SE2120000662-5E6F</c:extension>
      </c:participatingCareUnitHSAId>
      <c:typeOfCarePlanEnum>RP</c:typeOfCarePlanEnum>
    </c:carePlanBody>
  </svc:carePlan>
  <svc:result><c:resultCode>OK</c:resultCode><c:logId>4f6d0a52-4c3b-4d0e-9f65-0a3d1c7a7d10</c:logId></svc:result>
</svc:GetCarePlansResponse>
"""

PATIENT = "<svc:patientId><c:id>191212121212</c:id><c:type>1.2.752.129.2.1.3.1</c:type></svc:patientId>"
PERIOD = "<svc:datePeriod><c:start>20260101</c:start><c:end>20261231</c:end></svc:datePeriod>"
UNIT = "<svc:careUnitHSAId>SE2321000065-1A2B</svc:careUnitHSAId>"
SOURCE = "<svc:sourceSystemHSAId>SE2321000065-RIVTA07</svc:sourceSystemHSAId>"
CONTACT = "<svc:careContactId>vk-1</svc:careContactId>"
TITLE = "<c:documentTitle>Rehabiliteringsplan efter höftoperation</c:documentTitle>"
TIME = "<c:documentTime>20260302101500</c:documentTime>"
AUTHOR_TIME = "<c:authorTime>20260302100000</c:authorTime>"
CARE_UNIT = "healthcareProfessionalCareUnitHSAId"
APPROVED = "<c:approvedForPatient>true</c:approvedForPatient>"
PLAN_CONTACT = "<c:careContactId>vk-1</c:careContactId>"
NULLIFIED = "<c:nullified>true</c:nullified><c:nullifiedReason>Fel patient</c:nullifiedReason>"
CONTENT = "<c:content><c:mediaType>text/plain</c:mediaType><c:value>R8OlIHZhcmplIGRhZw==</c:value></c:content>"
VALUE = "<c:value>R8OlIHZhcmplIGRhZw==</c:value>"
REFERENCE = "<c:reference>https://example.org/plan/17</c:reference>"
KIND = "<c:typeOfCarePlanEnum>RP</c:typeOfCarePlanEnum>"
RESULT_CODE = "<c:resultCode>OK</c:resultCode>"
LOG = "<c:logId>4f6d0a52-4c3b-4d0e-9f65-0a3d1c7a7d10</c:logId>"
RESULT = f"<svc:result>{RESULT_CODE}{LOG}</svc:result>"
EXTRA = "<x:extra>nyare än mottagaren</x:extra>"
PLAN = RESPONSE[RESPONSE.index("<svc:carePlan>") : RESPONSE.index("</svc:carePlan>") + len("</svc:carePlan>")]
PROFESSIONAL = RESPONSE[
    RESPONSE.index("<c:accountableHealthcareProfessional>") : RESPONSE.index("<c:legalAuthenticator>")
].strip()
SIGNATURE = RESPONSE[RESPONSE.index("<c:legalAuthenticator>") : RESPONSE.index("<c:approvedForPatient>")].strip()
BODY = RESPONSE[RESPONSE.index("<c:carePlanBody>") : RESPONSE.index("</svc:carePlan>")].strip()
PARTICIPANT = RESPONSE[
    RESPONSE.index("<c:participatingCareUnitHSAId>") : RESPONSE.index("<c:typeOfCarePlanEnum>")
].strip()
ORG_UNIT = RESPONSE[RESPONSE.index("<c:healthcareProfessionalOrgUnit>") : RESPONSE.index(f"<c:{CARE_UNIT}>")].strip()
ROLE = RESPONSE[
    RESPONSE.index("<c:healthcareProfessionalRoleCode>") : RESPONSE.index("<c:healthcareProfessionalOrgUnit>")
].strip()
