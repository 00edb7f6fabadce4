BEGIN TRANSACTION;
CREATE TABLE imports (
	id INTEGER NOT NULL, 
	register TEXT NOT NULL, 
	office TEXT NOT NULL, 
	year INTEGER NOT NULL, 
	file TEXT NOT NULL, 
	sheet TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	imported_at TEXT NOT NULL, 
	superseded_by INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "imports" VALUES(1,'requests','minzheng',2023,'requests-2023.xlsx','依申请公开登记表','ba70e378eadeac6547fed4f2c23e8823a6c3c5d2aab2c6f2693e6d165c21d1f4',2,'2025-01-10T08:00:00+00:00',NULL);
INSERT INTO "imports" VALUES(2,'requests','minzheng',2024,'requests-2024.xlsx','依申请公开登记表','9d4c81e12a42de830e68024042e00e3dc2275fbfd0ec5fce6e99a4f1c44fc9eb',3,'2025-01-11T08:00:00+00:00',4);
INSERT INTO "imports" VALUES(3,'charges','minzheng',2024,'charges-2024.xlsx','行政事业性收费登记表','8bbdd615b26e845ada7dce4a2ca041e340b968d98d6f1d6eb9be99fe0593cfe5',3,'2025-01-11T08:00:00+00:00',5);
INSERT INTO "imports" VALUES(4,'requests','minzheng',2024,'requests-2024.xlsx','依申请公开登记表','208937cd118a4c7f3b6715a99c101f7a83a53594336e9d818e33be06e04622d7',3,'2025-01-12T08:00:00+00:00',NULL);
INSERT INTO "imports" VALUES(5,'charges','minzheng',2024,'charges-2024.xlsx','行政事业性收费登记表','9e67a8496931b30bc26aa51ca3c471ea8e28261ad3d4d30a791423af8a8fd16a',2,'2025-01-13T08:00:00+00:00',NULL);
INSERT INTO "imports" VALUES(6,'items','minzheng',2020,'items-2020.xlsx','权责事项登记表','055191bccf43e3c38b9aca1e3faa589a918f52a3dab497af9fbb4e553a7862c5',1,'2025-01-14T08:00:00+00:00',NULL);
INSERT INTO "imports" VALUES(7,'documents','minzheng',2024,'documents-2024.xlsx','规范性文件登记表','0ed02784dc9db17cab53269a6ca9d0856eed5f544d13797fb9a65666df70c0ed',1,'2025-01-14T08:00:00+00:00',NULL);
INSERT INTO "imports" VALUES(8,'requests','caizheng',2024,'requests-2024.xlsx','依申请公开登记表','e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',0,'2025-01-15T08:00:00+00:00',NULL);
INSERT INTO "imports" VALUES(9,'declared','caizheng',2024,'declared-2024.xlsx','填报数登记表','1ec365a1985e13cf3947d56458faf7c7ae41c03b219689d44d09f550c5f0a742',1,'2025-01-15T08:00:00+00:00',NULL);
CREATE TABLE meta (
	version INTEGER NOT NULL
);
INSERT INTO "meta" VALUES(1);
CREATE TABLE register_activities (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
	kind TEXT, 
	held_on DATE, 
	name TEXT, 
	people BIGINT, 
	result TEXT, 
	problems BIGINT, 
	mended BIGINT, 
	material TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE TABLE register_charges (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
	name TEXT, 
	basis TEXT, 
	standard TEXT, 
	collected_on DATE, 
	receipt TEXT, 
	amount BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
INSERT INTO "register_charges" VALUES(1,3,'minzheng',6,'工本费',NULL,NULL,'2024-05-01',NULL,1000);
INSERT INTO "register_charges" VALUES(2,3,'minzheng',7,'工本费',NULL,NULL,'2024-05-01',NULL,1000);
INSERT INTO "register_charges" VALUES(3,3,'minzheng',8,'工本费',NULL,NULL,'2024-05-01',NULL,2050);
INSERT INTO "register_charges" VALUES(4,5,'minzheng',6,'工本费',NULL,NULL,'2024-05-01',NULL,1000);
INSERT INTO "register_charges" VALUES(5,5,'minzheng',7,'工本费',NULL,NULL,'2024-05-01',NULL,2050);
CREATE TABLE register_decisions (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
	number TEXT, 
	kind TEXT, 
	name TEXT, 
	decided_on DATE, 
	public BOOLEAN, 
	not_public_because TEXT, 
	public_on DATE, 
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE TABLE register_declared (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
	"table" TEXT, 
	"row" TEXT, 
	"column" TEXT, 
	metric TEXT, 
	value TEXT, 
	reason TEXT, 
	person TEXT, 
	declared_on DATE, 
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
INSERT INTO "register_declared" VALUES(1,9,'caizheng',6,'表三','x','y',NULL,'3','没有台账','经办人','2025-01-05');
CREATE TABLE register_documents (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
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
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
INSERT INTO "register_documents" VALUES(1,7,'minzheng',6,'办法','政发〔2024〕1号','rules',0,'2024-01-01',NULL,'2029-12-31',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE register_items (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
	code TEXT, 
	name TEXT, 
	kind TEXT, 
	listed BOOLEAN, 
	added_on DATE, 
	removed_on DATE, 
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
INSERT INTO "register_items" VALUES(1,6,'minzheng',6,'1','甲','licences',1,NULL,NULL);
CREATE TABLE register_lawsuits (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
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
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE TABLE register_matters (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
	kind TEXT, 
	platform TEXT, 
	handled_on DATE, 
	number TEXT, 
	count BIGINT, 
	note TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE TABLE register_procurements (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
	number TEXT, 
	name TEXT, 
	procedure TEXT, 
	central BOOLEAN, 
	signed_on DATE, 
	amount BIGINT, 
	address TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE TABLE register_publications (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
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
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE TABLE register_reconsiderations (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
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
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE TABLE register_requests (
	id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	office_code TEXT NOT NULL, 
	file_row INTEGER NOT NULL, 
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
	reasons_asked_on DATE, 
	third_party_asked_on DATE, 
	third_party_replied_on DATE, 
	others_asked_on DATE, 
	others_replied_on DATE, 
	extended_on DATE, 
	fee_notified_on DATE, 
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
	PRIMARY KEY (id), 
	FOREIGN KEY(import_id) REFERENCES imports (id)
);
INSERT INTO "register_requests" VALUES(1,1,'minzheng',6,'旧1',NULL,NULL,NULL,'2023-12-20','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(2,1,'minzheng',7,'旧2',NULL,NULL,NULL,'2023-11-20','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2023-12-01',NULL,NULL,NULL,NULL,NULL,'granted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(3,2,'minzheng',6,'1',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(4,2,'minzheng',7,'2',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,'征地拆迁',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(5,2,'minzheng',8,'3',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(6,4,'minzheng',6,'1',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(7,4,'minzheng',7,'2',NULL,NULL,NULL,'2024-03-01','natural_person',NULL,NULL,'财政',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "register_requests" VALUES(8,4,'minzheng',8,'旧1',NULL,NULL,NULL,'2023-12-20','natural_person',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-01-10',NULL,NULL,NULL,NULL,NULL,'granted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX imports_of_office ON imports (office, register, year);
CREATE INDEX register_requests_of_office ON register_requests (office_code);
CREATE INDEX register_reconsiderations_of_office ON register_reconsiderations (office_code);
CREATE INDEX register_lawsuits_of_office ON register_lawsuits (office_code);
CREATE INDEX register_documents_of_office ON register_documents (office_code);
CREATE INDEX register_decisions_of_office ON register_decisions (office_code);
CREATE INDEX register_items_of_office ON register_items (office_code);
CREATE INDEX register_charges_of_office ON register_charges (office_code);
CREATE INDEX register_procurements_of_office ON register_procurements (office_code);
CREATE INDEX register_publications_of_office ON register_publications (office_code);
CREATE INDEX register_matters_of_office ON register_matters (office_code);
CREATE INDEX register_activities_of_office ON register_activities (office_code);
CREATE INDEX register_declared_of_office ON register_declared (office_code);
COMMIT;
