"""Paths, header names, page size and codes of the documented APIs.

Read 2026-11 on support.gainsight.com, "People API Documentation" (People APIs - Bulk) and
"Company API Documentation"; error codes on "Error Codes for Person API" and its sisters.
"""

from __future__ import annotations

# People API Documentation, "Header"; header names have no case.
KEY_HEADER = "Accesskey"
# Seen on live replies of the gateway; the body's requestId repeats it.
REQUEST_ID_HEADERS = ("x-gs-request-id", "x-request-id")

# People API Documentation, "Endpoint URL" of each call.
PEOPLE = "/v1/peoplemgmt/v1.0/people"
PEOPLE_ASYNC = "/v1/peoplemgmt/v1.0/people/async"
PEOPLE_ASYNC_STATUS = "/v1/peoplemgmt/v1.0/people/async/status/{}"
DELETE_STATUS = "/v1/peoplemgmt/v1.0/people/delete/status/{}"
BULK_PEOPLE = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people"
BULK_ASYNC = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people"
BULK_STATUS = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/status/{}"
# {} is an id (the job's, or another that its status names), then the number of the chunk.
BULK_CHUNK = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/{}/chunk/{}/results"
# Company API Documentation, "Read API".
QUERY = "/v1/data/objects/query/"

# Company API Documentation, "Insert API", "Update API" and "Delete API"; the same paths serve every
# object that the tenant has.
OBJECT = "/v1/data/objects/{}"
OBJECT_ROW = "/v1/data/objects/{}/{}"
# Company API Documentation, "Update API": fields that a record is found by.
KEYS_PER_UPDATE = 3
# Data Management APIs, "Get Object List".
OBJECT_LIST = "/v1/meta/services/objects/list"
OBJECT_LIST_FLAGS = {"po": "company", "em": "false"}
# Data Management APIs, "Get Delete Log": the object that lists deleted records for 15 days.
DELETION_LOG = "record_delete_log"

# Data Management APIs, "Get Describe OMD"; {} is the object. The page does not say what the flags
# mean: public clients set idd for the entries of drop-down lists, and leave children (ic) out.
DESCRIBE = "/v1/meta/services/objects/{}/describe"
DESCRIBE_FLAGS = {"ic": "false", "cl": "0", "idd": "true", "ihc": "false", "piec": "false"}
# Objects that have another name in the API than in gsprep.
OBJECT_NAMES = {
    "CompanyPerson": "company_person",
    "RelationshipPerson": "relationship_person",
}

# Timeline APIs, "Single Activity Save API", and the update of one activity.
ACTIVITY = "/v1/ant/es/activity"
# Timeline APIs: the object that queries read activities from.
ACTIVITIES = "activity_timeline"

# Company API Documentation, "Read API": rows of one reply.
ROWS_PER_PAGE = 5_000

DUPLICATE_KEY = "GSOBJ_VCUSTOM1007"
EMPTY_KEY = "GSOBJ_VCUSTOM1012"
# "People entities do not exist": a possible reply for a person who does not exist.
NO_PERSON = "GSOBJ_PEOPLE1001"
# Data Management APIs: the title of the reply to a describe of an object that does not exist.
NO_OBJECT = "OBJECT_NOT_FOUND"
# Error Codes for Person API: "Fields do not exist in object".
NO_SUCH_FIELD = "GSOBJ_VCRUDR1002"
