BEGIN TRANSACTION;
CREATE TABLE coverage (
	id INTEGER NOT NULL, 
	source INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	register TEXT NOT NULL, 
	office TEXT NOT NULL, 
	year INTEGER NOT NULL, 
	file TEXT NOT NULL, 
	sheet TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	added INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	same INTEGER NOT NULL, 
	withdrawn INTEGER NOT NULL, 
	warnings TEXT NOT NULL, 
	gone TEXT NOT NULL, 
	series TEXT NOT NULL, 
	beside TEXT NOT NULL, 
	withdraws INTEGER NOT NULL, 
	doubt TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "coverage" VALUES(1,1,1,1,2,'requests','minzheng',2024,'requests-2024.xlsx','依申请公开登记表','44bcc5014810ebf426d71d613f6a1fc41c61af965519b74383aff58957fed961',2,2,0,0,0,'[]','[]','[1]','[]',0,'');
INSERT INTO "coverage" VALUES(2,2,1,1,4,'requests','caizheng',2024,'requests-2024.xlsx','依申请公开登记表','ff3fdf22b119d3f74be00eb8bb1ddc260988c519d1037dddc196fbfcb5f85135',1,1,0,0,0,'[]','[]','[2]','[]',0,'');
INSERT INTO "coverage" VALUES(3,3,2,2,3,'requests','minzheng',2024,'requests-2024.xlsx','依申请公开登记表','199f6da0e8a6298083443075194ee26818605bd7eee7ec74e628b51cf38a4acf',2,1,1,0,1,'[]','[]','[1]','[]',1,'');
INSERT INTO "coverage" VALUES(4,1,1,3,NULL,'requests','minzheng',2024,'requests-2024.xlsx','依申请公开登记表','44bcc5014810ebf426d71d613f6a1fc41c61af965519b74383aff58957fed961',2,2,0,0,2,'[]','[]','[1]','[]',0,'');
INSERT INTO "coverage" VALUES(5,5,4,4,NULL,'requests','caizheng',2024,'又一份.xlsx','依申请公开登记表','c0c2f54fa3922108aca53805b057a484b316b90cb31263dbdc1a83ac41a89272',2,1,0,1,0,'[]','[]','[2]','[]',0,'');
INSERT INTO "coverage" VALUES(6,6,4,4,NULL,'charges','minzheng',2024,'charges-2024.xlsx','行政事业性收费登记表','55c49ae2a27a677bd0dd8c139661094d2618bf7062bc42ad59f08abaea593d9c',1,1,0,0,0,'[]','[]','[6]','[]',0,'');
CREATE TABLE imports (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	undoes INTEGER, 
	file TEXT NOT NULL, 
	person TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	moment TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "imports" VALUES(1,'import',NULL,'requests-2024.xlsx','甲','','2025-01-15T08:00:00+00:00');
INSERT INTO "imports" VALUES(2,'import',NULL,'requests-2024.xlsx','','更正','2025-01-15T08:00:00+00:00');
INSERT INTO "imports" VALUES(3,'undo',2,'requests-2024.xlsx','','','2025-01-15T08:00:00+00:00');
INSERT INTO "imports" VALUES(4,'import',NULL,'又一份.xlsx、charges-2024.xlsx','','','2025-01-15T08:00:00+00:00');
CREATE TABLE meta (
	version INTEGER NOT NULL, 
	fields TEXT, 
	key_check TEXT
);
INSERT INTO "meta" VALUES(3,'658e7fc3a60782b2','a3b92dfc0110bff8');
CREATE TABLE personal (
	register TEXT NOT NULL, 
	version_id INTEGER NOT NULL, 
	field TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (register, version_id, field)
)
 WITHOUT ROWID

;
CREATE TABLE places (
	coverage_id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	PRIMARY KEY (coverage_id, version_id)
)
 WITHOUT ROWID

;
INSERT INTO "places" VALUES(5,3,7);
CREATE TABLE register_activities (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	kind TEXT, 
	held_on DATE, 
	name TEXT, 
	people BIGINT, 
	result TEXT, 
	problems BIGINT, 
	mended BIGINT, 
	material TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE register_charges (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	name TEXT, 
	basis TEXT, 
	standard TEXT, 
	collected_on DATE, 
	receipt_code TEXT, 
	receipt TEXT, 
	amount BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "register_charges" VALUES(1,1,NULL,4,NULL,'minzheng',2024,6,6,'','b2a60c7c3cf81a3a493a35fb','占道费',NULL,NULL,'2024-05-01',NULL,NULL,1050);
CREATE TABLE register_decisions (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	number TEXT, 
	kind TEXT, 
	name TEXT, 
	decided_on DATE, 
	public BOOLEAN, 
	not_public_because TEXT, 
	public_on DATE, 
	party_hash TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE register_declared (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	"table" TEXT, 
	"row" TEXT, 
	"column" TEXT, 
	metric TEXT, 
	value TEXT, 
	reason TEXT, 
	person TEXT, 
	declared_on DATE, 
	PRIMARY KEY (id)
);
CREATE TABLE register_documents (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	title TEXT, 
	number TEXT, 
	kind TEXT, 
	lead BOOLEAN, 
	published_on DATE, 
	effective_on DATE, 
	expires_on DATE, 
	filing_number TEXT, 
	repealed_on DATE, 
	repeal_basis TEXT, 
	public_on DATE, 
	address TEXT, 
	revision BOOLEAN, 
	PRIMARY KEY (id)
);
CREATE TABLE register_items (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	code TEXT, 
	name TEXT, 
	kind TEXT, 
	listed BOOLEAN, 
	added_on DATE, 
	removed_on DATE, 
	PRIMARY KEY (id)
);
CREATE TABLE register_lawsuits (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	number TEXT, 
	first_number TEXT, 
	request_number TEXT, 
	reconsideration_number TEXT, 
	court TEXT, 
	instance TEXT, 
	role TEXT, 
	notified_on DATE, 
	judged_on DATE, 
	effective_on DATE, 
	method TEXT, 
	outcome TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE register_matters (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	kind TEXT, 
	platform TEXT, 
	handled_on DATE, 
	number TEXT, 
	count BIGINT, 
	note TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE register_procurements (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	number TEXT, 
	name TEXT, 
	procedure TEXT, 
	central BOOLEAN, 
	signed_on DATE, 
	amount BIGINT, 
	address TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE register_publications (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	title TEXT, 
	"index" TEXT, 
	"column" TEXT, 
	channel TEXT, 
	formed_on DATE, 
	published_on DATE, 
	topic TEXT, 
	interpretation BOOLEAN, 
	interpretation_form TEXT, 
	count BIGINT, 
	PRIMARY KEY (id)
);
CREATE TABLE register_reconsiderations (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	number TEXT, 
	request_number TEXT, 
	authority TEXT, 
	notified_on DATE, 
	accepted_on DATE, 
	act TEXT, 
	closed_on DATE, 
	method TEXT, 
	outcome TEXT, 
	correction TEXT, 
	suspended BOOLEAN, 
	PRIMARY KEY (id)
);
CREATE TABLE register_requests (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	replaces_id INTEGER, 
	from_import INTEGER NOT NULL, 
	until_import INTEGER, 
	office_code TEXT NOT NULL, 
	file_year INTEGER NOT NULL, 
	coverage_id INTEGER NOT NULL, 
	file_row INTEGER NOT NULL, 
	record_key TEXT NOT NULL, 
	said TEXT NOT NULL, 
	number TEXT, 
	arrived_on DATE, 
	channel TEXT, 
	confirmed_on DATE, 
	received_on DATE, 
	applicant TEXT, 
	applicant_alias TEXT, 
	subject TEXT, 
	topic TEXT, 
	correction_notified_on DATE, 
	correction_due_on DATE, 
	corrected_on DATE, 
	correction_clear BOOLEAN, 
	reasons_asked_on DATE, 
	reasons_accepted BOOLEAN, 
	delayed_until DATE, 
	third_party_asked_on DATE, 
	third_party_received_on DATE, 
	third_party_replied_on DATE, 
	third_party_opinion TEXT, 
	others_asked_on DATE, 
	others_replied_on DATE, 
	extended_on DATE, 
	fee_method TEXT, 
	fee_items BIGINT, 
	fee_pages BIGINT, 
	fee_notified_on DATE, 
	fee_received_on DATE, 
	fee_charged BIGINT, 
	fee_due_on DATE, 
	fee_paid_on DATE, 
	fee_paid BIGINT, 
	replied_on DATE, 
	reply_number TEXT, 
	delivery TEXT, 
	posted_on DATE, 
	signed_on DATE, 
	sent_on DATE, 
	delivered_on DATE, 
	disposition TEXT, 
	articles TEXT, 
	lapsed_on DATE, 
	withdrawn_on DATE, 
	earlier_number TEXT, 
	redo_of TEXT, 
	handed_over_on DATE, 
	handed_to TEXT, 
	taken_over_on DATE, 
	applicant_name_hash TEXT, 
	applicant_id_hash TEXT, 
	applicant_contact_hash TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "register_requests" VALUES(1,1,NULL,1,2,'minzheng',2024,1,6,'1','422d8269b067eeed16b30d1d','1',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'ba49d049c2b8a4dfca58805740333877',NULL,NULL);
INSERT INTO "register_requests" VALUES(2,2,NULL,1,2,'minzheng',2024,1,7,'2','8605707afae2e3f9e4a9c21c','2',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'aa2368ee2568f4e8813a766efa6850f6',NULL,NULL);
INSERT INTO "register_requests" VALUES(3,3,NULL,1,NULL,'caizheng',2024,2,6,'1','549ef0cde438f5ae899fa101','1',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(4,4,2,2,3,'minzheng',2024,3,6,'2','337e53d9367c60436fabce4f','2',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,'财政',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(5,5,NULL,2,3,'minzheng',2024,3,7,'3','d707cca2682a06a854f8ebd7','3',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,'财政',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(6,1,NULL,3,NULL,'minzheng',2024,1,6,'1','422d8269b067eeed16b30d1d','1',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'ba49d049c2b8a4dfca58805740333877',NULL,NULL);
INSERT INTO "register_requests" VALUES(7,2,NULL,3,NULL,'minzheng',2024,1,7,'2','8605707afae2e3f9e4a9c21c','2',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'aa2368ee2568f4e8813a766efa6850f6',NULL,NULL);
INSERT INTO "register_requests" VALUES(8,8,NULL,4,NULL,'caizheng',2024,5,6,'7','e609212a58d7aa315aab1b1a','7',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX coverage_from ON coverage (from_import);
CREATE INDEX coverage_until ON coverage (until_import);
CREATE INDEX coverage_of_office ON coverage (office);
CREATE INDEX register_requests_in_force ON register_requests (office_code, until_import);
CREATE INDEX register_requests_by_key ON register_requests (record_key);
CREATE INDEX register_reconsiderations_in_force ON register_reconsiderations (office_code, until_import);
CREATE INDEX register_reconsiderations_by_key ON register_reconsiderations (record_key);
CREATE INDEX register_lawsuits_by_key ON register_lawsuits (record_key);
CREATE INDEX register_lawsuits_in_force ON register_lawsuits (office_code, until_import);
CREATE INDEX register_documents_in_force ON register_documents (office_code, until_import);
CREATE INDEX register_documents_by_key ON register_documents (record_key);
CREATE INDEX register_decisions_by_key ON register_decisions (record_key);
CREATE INDEX register_decisions_in_force ON register_decisions (office_code, until_import);
CREATE INDEX register_items_by_key ON register_items (record_key);
CREATE INDEX register_items_in_force ON register_items (office_code, until_import);
CREATE INDEX register_charges_by_key ON register_charges (record_key);
CREATE INDEX register_charges_in_force ON register_charges (office_code, until_import);
CREATE INDEX register_procurements_by_key ON register_procurements (record_key);
CREATE INDEX register_procurements_in_force ON register_procurements (office_code, until_import);
CREATE INDEX register_publications_in_force ON register_publications (office_code, until_import);
CREATE INDEX register_publications_by_key ON register_publications (record_key);
CREATE INDEX register_matters_in_force ON register_matters (office_code, until_import);
CREATE INDEX register_matters_by_key ON register_matters (record_key);
CREATE INDEX register_activities_in_force ON register_activities (office_code, until_import);
CREATE INDEX register_activities_by_key ON register_activities (record_key);
CREATE INDEX register_declared_in_force ON register_declared (office_code, until_import);
CREATE INDEX register_declared_by_key ON register_declared (record_key);
COMMIT;
