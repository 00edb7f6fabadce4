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
	PRIMARY KEY (id)
);
INSERT INTO "coverage" VALUES(1,1,1,1,NULL,'requests','minzheng',2023,'requests-2023.xlsx','依申请公开登记表','6a43d638ed1c7ce9a572cb848d7c06cf5d0cc2adf13cf8921d4163c2d0e226b9',2,2,0,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(2,2,1,1,2,'charges','minzheng',2023,'收费2023上.xlsx','行政事业性收费登记表','4bb98627d8c6b8fa5262a1ecd890d95121279297a491dfea5b80ffd7f910f40e',2,2,0,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(3,3,2,2,NULL,'charges','minzheng',2023,'收费2023下.xlsx','行政事业性收费登记表','e906583e9a5ada95382d51d4078ea410a155e86d3aa0e707b9612d20b9bfc394',2,0,2,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(4,4,3,3,4,'requests','minzheng',2024,'requests-2024.xlsx','依申请公开登记表','f5e8df1a8a0c7a7ae62ad98578bdfd7e7e2cc8f930a9c9cdcdda98e37946ee65',3,3,0,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(5,5,4,4,NULL,'requests','minzheng',2024,'requests-2024.xlsx','依申请公开登记表','99121318b497499fb00b83c0fe45d171121b38e4fd2ae1db4faf81fcd967eecc',2,0,1,1,0,'[]','["旧1"]');
INSERT INTO "coverage" VALUES(6,6,5,5,6,'charges','minzheng',2024,'收费1月.xlsx','行政事业性收费登记表','b5666c3c2a65ee0e9d88c16af97752ebdc0fcf8d734a586221767f91e042e4b0',3,3,0,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(7,7,6,6,NULL,'charges','minzheng',2024,'收费2月.xlsx','行政事业性收费登记表','9d928b9b96f698c79c62546b933df6e9a272f9517a80a4d354f72b6a535b4749',3,0,3,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(8,8,7,7,8,'publications','minzheng',2024,'发布一季度.xlsx','主动公开发布登记表','89f6d00fec9b5de2744f70785d6e59fa8c1278e63a05bf5e537558ce137e2e44',2,2,0,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(9,9,8,8,11,'publications','minzheng',2024,'发布二季度.xlsx','主动公开发布登记表','f8613084195c865f3f836e167990bf822b47d7dd6f6464cf6291838328e69b8f',3,1,0,2,0,'[]','[]');
INSERT INTO "coverage" VALUES(10,10,9,9,10,'activities','minzheng',2024,'窗口一.xlsx','监督保障登记表','0bbefb923d6d08a940e231d41dc4d999e0f02460b097cb59d24376f0187454c1',3,3,0,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(11,11,10,10,NULL,'activities','minzheng',2024,'窗口二.xlsx','监督保障登记表','9355834f8811f6be31ad9ab3d5d15ba63f31e18d49b8a7b7ab0c2b0ce5f25c5b',1,0,0,1,0,'[]','["第 7 行", "第 8 行"]');
INSERT INTO "coverage" VALUES(12,12,11,11,12,'publications','minzheng',2024,'错的.xlsx','主动公开发布登记表','7619121cecdba21d44e778ca67959da4bab7714cab33d918e52cf2cd18dd3938',3,0,3,0,0,'[]','[]');
INSERT INTO "coverage" VALUES(13,9,8,12,NULL,'publications','minzheng',2024,'发布二季度.xlsx','主动公开发布登记表','f8613084195c865f3f836e167990bf822b47d7dd6f6464cf6291838328e69b8f',3,3,0,2,3,'[]','[]');
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
INSERT INTO "imports" VALUES(1,'import',NULL,'requests-2023.xlsx、收费2023上.xlsx','甲','','2025-01-01T08:00:00+00:00');
INSERT INTO "imports" VALUES(2,'import',NULL,'收费2023下.xlsx','甲','','2025-01-02T08:00:00+00:00');
INSERT INTO "imports" VALUES(3,'import',NULL,'requests-2024.xlsx','','','2025-01-03T08:00:00+00:00');
INSERT INTO "imports" VALUES(4,'import',NULL,'requests-2024.xlsx','乙','复核','2025-01-04T08:00:00+00:00');
INSERT INTO "imports" VALUES(5,'import',NULL,'收费1月.xlsx','','','2025-01-05T08:00:00+00:00');
INSERT INTO "imports" VALUES(6,'import',NULL,'收费2月.xlsx','丙','','2025-01-06T08:00:00+00:00');
INSERT INTO "imports" VALUES(7,'import',NULL,'发布一季度.xlsx','','','2025-01-07T08:00:00+00:00');
INSERT INTO "imports" VALUES(8,'import',NULL,'发布二季度.xlsx','','','2025-01-08T08:00:00+00:00');
INSERT INTO "imports" VALUES(9,'import',NULL,'窗口一.xlsx','','','2025-01-09T08:00:00+00:00');
INSERT INTO "imports" VALUES(10,'import',NULL,'窗口二.xlsx','','','2025-01-10T08:00:00+00:00');
INSERT INTO "imports" VALUES(11,'import',NULL,'错的.xlsx','','','2025-01-11T08:00:00+00:00');
INSERT INTO "imports" VALUES(12,'undo',11,'错的.xlsx','丁','','2025-01-12T08:00:00+00:00');
CREATE TABLE meta (
	version INTEGER NOT NULL, 
	fields TEXT, 
	key_check TEXT
);
INSERT INTO "meta" VALUES(2,'bd41b2dddfa65752',NULL);
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
INSERT INTO "places" VALUES(5,3,6);
INSERT INTO "places" VALUES(9,1,6);
INSERT INTO "places" VALUES(9,2,7);
INSERT INTO "places" VALUES(11,1,6);
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
INSERT INTO "register_activities" VALUES(1,1,NULL,9,NULL,'minzheng',2024,10,6,'','6f8d259a10312bee18015da6','meeting','2024-06-01','会1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_activities" VALUES(2,2,NULL,9,NULL,'minzheng',2024,10,7,'','2e031ba47b693c2cafbe0e2d','meeting','2024-06-01','会2',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_activities" VALUES(3,3,NULL,9,NULL,'minzheng',2024,10,8,'','22f1e2a841506d3963da909c','meeting','2024-06-01','会3',NULL,NULL,NULL,NULL,NULL);
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
	receipt TEXT, 
	amount BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "register_charges" VALUES(1,1,NULL,1,2,'minzheng',2023,2,6,'','52f408dbdfc171a162cd0043','证照工本费',NULL,NULL,'2023-02-01','甲1',10000);
INSERT INTO "register_charges" VALUES(2,2,NULL,1,2,'minzheng',2023,2,7,'','91067b87a395e2c259441f62','证照工本费',NULL,NULL,'2023-02-02','甲2',10000);
INSERT INTO "register_charges" VALUES(3,3,1,2,NULL,'minzheng',2023,3,6,'','78861365d71ff3fe93be88e3','证照工本费',NULL,NULL,'2023-08-01','乙1',20000);
INSERT INTO "register_charges" VALUES(4,4,2,2,NULL,'minzheng',2023,3,7,'','7c2846b9ae6505fe46cc224a','证照工本费',NULL,NULL,'2023-08-02','乙2',20000);
INSERT INTO "register_charges" VALUES(5,5,NULL,5,6,'minzheng',2024,6,6,'','24381d1f0cee69663d65b8ba','证照工本费',NULL,NULL,'2024-01-11','票11',10000);
INSERT INTO "register_charges" VALUES(6,6,NULL,5,6,'minzheng',2024,6,7,'','a83b7bf24c101678a2ff2b8f','证照工本费',NULL,NULL,'2024-01-12','票12',10000);
INSERT INTO "register_charges" VALUES(7,7,NULL,5,6,'minzheng',2024,6,8,'','0842057067f4161237636471','证照工本费',NULL,NULL,'2024-01-13','票13',10000);
INSERT INTO "register_charges" VALUES(8,8,5,6,NULL,'minzheng',2024,7,6,'','78b397f40794fb4ca9f5b015','证照工本费',NULL,NULL,'2024-02-11','票21',20000);
INSERT INTO "register_charges" VALUES(9,9,6,6,NULL,'minzheng',2024,7,7,'','f97f3f9ab05bd539d3dd1560','证照工本费',NULL,NULL,'2024-02-12','票22',20000);
INSERT INTO "register_charges" VALUES(10,10,7,6,NULL,'minzheng',2024,7,8,'','63cf26cca4e2758d5ffb2ef7','证照工本费',NULL,NULL,'2024-02-13','票23',20000);
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
INSERT INTO "register_publications" VALUES(1,1,NULL,7,11,'minzheng',2024,8,6,'','5658f594b741062a3ed56569','a',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(2,2,NULL,7,11,'minzheng',2024,8,7,'','6169a4f0563f90d52cb0624e','b',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(3,3,NULL,8,11,'minzheng',2024,9,8,'','e2926fcdfbd42843a912e75a','c',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(4,4,1,11,12,'minzheng',2024,12,6,'','ba96e300ee4ff5641e84b95e','x',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(5,5,2,11,12,'minzheng',2024,12,7,'','99ddceaef966e4dbe6ab5835','y',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(6,6,3,11,12,'minzheng',2024,12,8,'','1c543089a52072b294a910d6','z',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(7,1,NULL,12,NULL,'minzheng',2024,8,6,'','5658f594b741062a3ed56569','a',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(8,2,NULL,12,NULL,'minzheng',2024,8,7,'','6169a4f0563f90d52cb0624e','b',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
INSERT INTO "register_publications" VALUES(9,3,NULL,12,NULL,'minzheng',2024,9,8,'','e2926fcdfbd42843a912e75a','c',NULL,NULL,'网站',NULL,'2024-05-01',NULL,NULL,NULL,1);
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
INSERT INTO "register_requests" VALUES(1,1,NULL,1,NULL,'minzheng',2023,1,6,'旧1','3e431e19e2c1257e41663e49','旧1',NULL,NULL,NULL,'2023-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(2,2,NULL,1,NULL,'minzheng',2023,1,7,'旧2','0ab41ff8d4639fc6649ceec7','旧2',NULL,NULL,NULL,'2023-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(3,3,NULL,3,NULL,'minzheng',2024,4,6,'1','549ef0cde438f5ae899fa101','1',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(4,4,NULL,3,4,'minzheng',2024,4,7,'2','bd4bc869ce4507c34dd2bc53','2',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,'征地',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(5,5,NULL,3,NULL,'minzheng',2024,4,8,'旧1','3e431e19e2c1257e41663e49','旧1',NULL,NULL,NULL,'2023-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(6,6,4,4,NULL,'minzheng',2024,5,7,'2','337e53d9367c60436fabce4f','2',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,'财政',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX coverage_of_office ON coverage (office);
CREATE INDEX coverage_until ON coverage (until_import);
CREATE INDEX coverage_from ON coverage (from_import);
CREATE INDEX register_requests_in_force ON register_requests (office_code, until_import);
CREATE INDEX register_requests_by_key ON register_requests (record_key);
CREATE INDEX register_reconsiderations_in_force ON register_reconsiderations (office_code, until_import);
CREATE INDEX register_reconsiderations_by_key ON register_reconsiderations (record_key);
CREATE INDEX register_lawsuits_by_key ON register_lawsuits (record_key);
CREATE INDEX register_lawsuits_in_force ON register_lawsuits (office_code, until_import);
CREATE INDEX register_documents_in_force ON register_documents (office_code, until_import);
CREATE INDEX register_documents_by_key ON register_documents (record_key);
CREATE INDEX register_decisions_in_force ON register_decisions (office_code, until_import);
CREATE INDEX register_decisions_by_key ON register_decisions (record_key);
CREATE INDEX register_items_in_force ON register_items (office_code, until_import);
CREATE INDEX register_items_by_key ON register_items (record_key);
CREATE INDEX register_charges_by_key ON register_charges (record_key);
CREATE INDEX register_charges_in_force ON register_charges (office_code, until_import);
CREATE INDEX register_procurements_in_force ON register_procurements (office_code, until_import);
CREATE INDEX register_procurements_by_key ON register_procurements (record_key);
CREATE INDEX register_publications_in_force ON register_publications (office_code, until_import);
CREATE INDEX register_publications_by_key ON register_publications (record_key);
CREATE INDEX register_matters_by_key ON register_matters (record_key);
CREATE INDEX register_matters_in_force ON register_matters (office_code, until_import);
CREATE INDEX register_activities_in_force ON register_activities (office_code, until_import);
CREATE INDEX register_activities_by_key ON register_activities (record_key);
CREATE INDEX register_declared_by_key ON register_declared (record_key);
CREATE INDEX register_declared_in_force ON register_declared (office_code, until_import);
COMMIT;
