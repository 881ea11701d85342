"""The columns of every table that the worlds deliver, in the order of the file (the landing contract)."""

from __future__ import annotations

_TABLES: dict[str, dict[str, str]] = {
    "nomis": {
        "OFFENDERS": """
            OFFENDER_ID ROOT_OFFENDER_ID OFFENDER_ID_DISPLAY LAST_NAME FIRST_NAME MIDDLE_NAME BIRTH_DATE SEX_CODE
            RACE_CODE ALIAS_NAME_TYPE CREATE_DATE MODIFY_DATETIME
        """,
        "OFFENDER_IDENTIFIERS": """
            OFFENDER_ID OFFENDER_ID_SEQ IDENTIFIER_TYPE IDENTIFIER
        """,
        "OFFENDER_BOOKINGS": """
            OFFENDER_BOOK_ID OFFENDER_ID ROOT_OFFENDER_ID BOOKING_NO BOOKING_BEGIN_DATE BOOKING_END_DATE BOOKING_SEQ
            ACTIVE_FLAG IN_OUT_STATUS AGY_LOC_ID
        """,
        "OFFENDER_EXTERNAL_MOVEMENTS": """
            OFFENDER_BOOK_ID MOVEMENT_SEQ MOVEMENT_DATE MOVEMENT_TIME MOVEMENT_TYPE MOVEMENT_REASON_CODE DIRECTION_CODE
            FROM_AGY_LOC_ID TO_AGY_LOC_ID CREATE_DATETIME MODIFY_DATETIME
        """,
        "OFFENDER_RELEASE_DETAILS": """
            OFFENDER_BOOK_ID RELEASE_DATE MOVEMENT_TYPE MOVEMENT_REASON_CODE MODIFY_DATETIME
        """,
        "OFFENDER_RELEASE_DETAILS_HTY": """
            OFFENDER_BOOK_ID MODIFY_DATETIME RELEASE_DATE
        """,
        "OFFENDER_SENTENCES": """
            OFFENDER_BOOK_ID SENTENCE_SEQ SENTENCE_CALC_TYPE SENTENCE_STATUS START_DATE END_DATE
        """,
        "OFFENDER_SENT_CALCULATIONS": """
            OFFENDER_SENT_CALCULATION_ID OFFENDER_BOOK_ID CALCULATION_DATE CRD_CALCULATED_DATE LED_CALCULATED_DATE
            LED_OVERRIDED_DATE SED_CALCULATED_DATE TUSED_CALCULATED_DATE
        """,
        "OFFENDER_IMPRISON_STATUSES": """
            OFFENDER_BOOK_ID IMPRISON_STATUS_SEQ IMPRISONMENT_STATUS EFFECTIVE_DATE
        """,
        "OFFENDER_EMPLOYMENTS": """
            OFFENDER_BOOK_ID EMPLOY_SEQ EMPLOYMENT_POST_CODE EMPLOYMENT_DATE TERMINATION_DATE SCHEDULE_TYPE
        """,
        "OFFENDER_ALERTS": """
            OFFENDER_BOOK_ID ALERT_SEQ ALERT_TYPE ALERT_CODE ALERT_DATE EXPIRY_DATE
        """,
        "OFFENDER_PROGRAM": """
            OFF_PRGREF_ID OFFENDER_BOOK_ID PROGRAM_ID OFFENDER_START_DATE OFFENDER_END_DATE OFFENDER_PROGRAM_STATUS
        """,
        "ADDRESSES": """
            ADDRESS_ID OWNER_CLASS OWNER_ID POSTAL_CODE NO_FIXED_ADDRESS_FLAG START_DATE END_DATE
        """,
        "ADDRESS_USAGES": """
            ADDRESS_ID ADDRESS_USAGE ACTIVE_FLAG
        """,
        "OFFENDER_FIXED_TERM_RECALLS": """
            OFFENDER_BOOK_ID RETURN_TO_CUSTODY_DATE RECALL_LENGTH
        """,
        "AGENCY_LOCATIONS": """
            AGY_LOC_ID DESCRIPTION AGENCY_LOCATION_TYPE
        """,
        "RELEASE_CHECKLIST": """
            OFFENDER_BOOK_ID PHOTO_ID BANK_ACCOUNT BANK_ACCOUNT_AT_RECEPTION EXPECTS_TO_CLAIM BENEFIT_CLAIM_DATE
            BENEFIT_FIRST_PAYMENT_DATE HDC_ADDRESS_POSTCODE RECORDED_DATETIME
        """,
    },
    "ndelius": {
        "OFFENDER": """
            OFFENDER_ID CRN NOMS_NUMBER PNC_NUMBER CRO_NUMBER FIRST_NAME SECOND_NAME SURNAME PREVIOUS_SURNAME
            DATE_OF_BIRTH_DATE GENDER_ID ETHNICITY_ID DECEASED_DATE SOFT_DELETED ROW_VERSION LAST_UPDATED_DATETIME
        """,
        "ALIAS": """
            ALIAS_ID OFFENDER_ID FIRST_NAME SURNAME DATE_OF_BIRTH_DATE SOFT_DELETED
        """,
        "ADDITIONAL_IDENTIFIER": """
            ADDITIONAL_IDENTIFIER_ID OFFENDER_ID IDENTIFIER_NAME_ID IDENTIFIER SOFT_DELETED
        """,
        "EVENT": """
            EVENT_ID OFFENDER_ID EVENT_NUMBER CONVICTION_DATE IN_BREACH SOFT_DELETED
        """,
        "DISPOSAL": """
            DISPOSAL_ID EVENT_ID OFFENDER_ID DISPOSAL_DATE LENGTH_IN_DAYS TERMINATION_DATE SOFT_DELETED
        """,
        "CUSTODY": """
            CUSTODY_ID DISPOSAL_ID OFFENDER_ID CUSTODIAL_STATUS_ID STATUS_CHANGE_DATE PRISONER_NUMBER PSS_START_DATE
            SOFT_DELETED
        """,
        "RELEASE": """
            RELEASE_ID CUSTODY_ID OFFENDER_ID ACTUAL_RELEASE_DATE RELEASE_TYPE_ID INSTITUTION_ID SOFT_DELETED
            CREATED_DATETIME LAST_UPDATED_DATETIME
        """,
        "RECALL": """
            RECALL_ID RELEASE_ID OFFENDER_ID RECALL_DATE RECALL_REASON_ID SOFT_DELETED CREATED_DATETIME
            LAST_UPDATED_DATETIME
        """,
        "KEY_DATE": """
            KEY_DATE_ID CUSTODY_ID KEY_DATE_TYPE_ID KEY_DATE SOFT_DELETED
        """,
        "OFFENDER_ADDRESS": """
            OFFENDER_ADDRESS_ID OFFENDER_ID ADDRESS_STATUS_ID ADDRESS_TYPE_ID TYPE_VERIFIED NO_FIXED_ABODE POSTCODE
            START_DATE END_DATE SOFT_DELETED CREATED_DATETIME LAST_UPDATED_DATETIME
        """,
        "PERSONAL_CIRCUMSTANCE": """
            PERSONAL_CIRCUMSTANCE_ID OFFENDER_ID CIRCUMSTANCE_TYPE_ID CIRCUMSTANCE_SUB_TYPE_ID START_DATE END_DATE
            EVIDENCED SOFT_DELETED CREATED_DATETIME LAST_UPDATED_DATETIME
        """,
        "OFFENDER_MANAGER": """
            OFFENDER_MANAGER_ID OFFENDER_ID ALLOCATION_DATE END_DATE TEAM_ID PROBATION_AREA_ID ALLOCATION_STAFF_ID
            SOFT_DELETED
        """,
        "STAFF": """
            STAFF_ID OFFICER_CODE STAFF_GRADE_ID
        """,
        "TEAM": """
            TEAM_ID CODE DESCRIPTION PROBATION_AREA_ID LOCAL_DELIVERY_UNIT_ID
        """,
        "LOCAL_DELIVERY_UNIT": """
            LOCAL_DELIVERY_UNIT_ID CODE DESCRIPTION
        """,
        "PROBATION_AREA": """
            PROBATION_AREA_ID CODE DESCRIPTION
        """,
        "REGISTRATION": """
            REGISTRATION_ID OFFENDER_ID REGISTER_TYPE_ID REGISTER_LEVEL_ID REGISTRATION_DATE DEREGISTRATION_DATE
            SOFT_DELETED
        """,
        "R_STANDARD_REFERENCE_LIST": """
            STANDARD_REFERENCE_LIST_ID CODE_VALUE CODE_DESCRIPTION REFERENCE_DATA_MASTER_ID
        """,
        "R_RELEASE_TYPE": """
            RELEASE_TYPE_ID CODE DESCRIPTION
        """,
        "R_RECALL_REASON": """
            RECALL_REASON_ID CODE DESCRIPTION
        """,
        "R_INSTITUTION": """
            INSTITUTION_ID CODE DESCRIPTION
        """,
        "R_CIRCUMSTANCE_TYPE": """
            CIRCUMSTANCE_TYPE_ID CODE_VALUE CODE_DESCRIPTION
        """,
        "R_CIRCUMSTANCE_SUB_TYPE": """
            CIRCUMSTANCE_SUB_TYPE_ID CODE_VALUE CODE_DESCRIPTION
        """,
        "R_REGISTER_TYPE": """
            REGISTER_TYPE_ID CODE DESCRIPTION
        """,
    },
    "provider": {
        "PERSON": """
            person_ref noms_no crn pnc first_name last_name birth_date postcode recorded_ts
        """,
        "PLAN": """
            plan_ref person_ref noms_no booking_no prison_code screening_id completed_ts author_ref issued_date
            plan_text recorded_ts
        """,
        "PLAN_REVIEW": """
            review_ref plan_ref review_ts author_ref review_text person_contacted recorded_ts
        """,
        "CLAIM": """
            claim_id contract_id prime_code sub_code person_ref booking_no prison_code task_code task_ref task_date
            period qty rate band_used billed_level amount submitted_ts invoice_ref evidence_ref late_approval_ref status
            reverses_claim_id
        """,
    },
    "contracts": {
        "CONTRACT": """
            contract_id contract_type provider_code provider_name area_kind area_code from_date to_date
        """,
        "CONTRACT_PRISON": """
            contract_id prison_code from_date to_date
        """,
        "SUBCONTRACTOR": """
            contract_id sub_code from_date to_date
        """,
        "TASK": """
            task_code from_date task_name domain setting evidence_table is_release_linked timeliness_pays
            max_per_booking window_anchor window_from_days window_to_days standard_minutes to_date
        """,
        "RATE_CARD": """
            contract_id task_code band_low from_date band_high rate to_date
        """,
        "PERIOD": """
            contract_id period start_date end_date closes_ts
        """,
        "SERVICE_LEVEL": """
            contract_id code from_date threshold credit_per_point credit_cap to_date
        """,
        "SERVICE_LEVEL_REPORT": """
            contract_id code period reported_value
        """,
        "ELIGIBILITY": """
            contract_id rule from_date value to_date
        """,
        "VOLUME_BASELINE": """
            contract_id period baseline weight_group weight
        """,
        "INVOICE": """
            invoice_ref contract_id period issued_on total
        """,
        "PAYMENT": """
            payment_ref claim_id invoice_ref paid_on amount
        """,
        "CREDIT_LINE": """
            contract_id period code amount
        """,
        "PBR_COHORT": """
            cohort person_ref
        """,
        "PBR_RESULT": """
            cohort measure result baseline lower upper is_final
        """,
    },
    "refer_and_monitor": {
        "crs_performance_report-v2-referrals": """
            referral_ref referral_id crs_contract_reference crs_contract_type crs_provider_id referring_officer_id
            relevant_sentence_id service_user_crn date_referral_received date_first_action_plan_submitted
            date_of_first_action_plan_approval outcomes_to_be_achieved_count outcomes_progress
            count_of_sessions_expected count_of_sessions_attended date_intervention_ended intervention_end_reason
            date_end_of_service_report_submitted intervention_end_reason_code intervention_end_reason_description
            intervention_concluded_at
        """,
        "crs_performance_report-v2-appointments": """
            referral_ref referral_id appointmentId appointment_time duration_in_minutes booked_at attended
            attendance_submitted_at notifyppof_attendance_behaviour delius_appointment_id reason_for_appointment
        """,
        "crs_performance_report-v2-complexity": """
            referral_ref referral_id intervention_title service_category_id service_category_name complexity_level_title
        """,
        "crs_performance_report-v2-outcomes": """
            referral_ref referral_id desired_outcome achievement_level
        """,
    },
    "cas": {
        "BookingsReportRow": """
            bookingId referralId referralDate personName pncNumber gender ethnicity dateOfBirth riskOfSeriousHarm
            registeredSexOffender historyOfSexualOffence concerningSexualBehaviour needForAccessibleProperty
            historyOfArsonOffence concerningArsonBehaviour dutyToReferMade dateDutyToReferMade
            dutyToReferLocalAuthorityAreaName isReferralEligibleForCas3 referralEligibilityReason probationRegion pdu
            localAuthority town postCode crn offerAccepted isCancelled cancellationReason startDate endDate
            actualEndDate currentNightsStayed actualNightsStayed overstay authorised reason accommodationOutcome
        """,
        "Cas3BedUsageReportRow": """
            probationRegion pdu localAuthority propertyRef addressLine1 town postCode bedspaceRef crn type startDate
            endDate durationOfBookingDays bookingStatus overstay authorised reason voidCategory voidNotes costCentre
            uniquePropertyRef uniqueBedspaceRef
        """,
        "TransitionalAccommodationReferralReportRow": """
            referralId referralDate personName pncNumber crn sex genderIdentity ethnicity dateOfBirth
            registeredSexOffender historyOfSexualOffence concerningSexualBehaviour needForAccessibleProperty
            riskOfSeriousHarm historyOfArsonOffence concerningArsonBehaviour dutyToReferMade dateDutyToReferMade
            dutyToReferLocalAuthorityAreaName dutyToReferOutcome town postCode probationRegion pdu outOfRegion
            destinationRegion destinationPdu referralSubmittedDate referralRejected rejectionReason
            rejectionReasonExplained rejectionDate sourceOfReferral prisonReleaseType prisonAtReferral releaseDate
            updatedReleaseDate accommodationRequiredDate updatedAccommodationRequiredFromDate bookingOffered
        """,
        "AP_PLACEMENT": """
            placement_id crn service referred_on arrived_on departed_on move_on_referral_on move_on_category
        """,
    },
}

COLUMNS: dict[str, dict[str, list[str]]] = {
    source: {table: names.split() for table, names in tables.items()} for source, tables in _TABLES.items()
}
